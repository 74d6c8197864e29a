/** The block that calls see: its numbers, its fork's rules, its precompiles. */
import type { Common } from '@ethereumjs/common'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { FlatReader, MaybePromise } from '../../state/flat-reader.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { BlockEnvironment, BlockHashLookup, Precompile } from '../evm/environment.ts'
import type { ForkRules } from '../evm/fork-rules.ts'
import type { OpTable } from '../evm/operation.ts'
import type { Pace } from '../pace.ts'
import { bytesToWord } from '../words.ts'
import type { BlockOverrides } from './block-overrides.ts'
import type { BlockValues } from './block-values.ts'
import { forkSettingAt, type ForkSetting } from './fork-setting.ts'
import { openedHeader } from './header-memory.ts'

/** What a call runs on. */
export interface CallContext {
  readonly network: ExecutionNetwork
  /** RLP; calls run on the state after it, and see it as the block they are in. */
  readonly header: Uint8Array
  readonly reader: FlatReader
  /** Of an ancestor of {@link header}, one of the last 256. */
  readonly blockHash: (number: number) => MaybePromise<Hash>
  readonly crypto: WasmCrypto
  readonly gasCap: bigint
  /** Asked all along: ends the run by rejecting. */
  readonly pace: Pace
}

/** geth's default, which most servers leave as it is (`--rpc.gascap`). */
export const DEFAULT_GAS_CAP = 50_000_000n

export interface CallBlock {
  readonly common: Common
  readonly rules: ForkRules
  readonly table: OpTable
  /** To be called; a state override may move them. */
  readonly precompiles: Map<bigint, Precompile>
  /** The fork's own, warm from the start (EIP-2929). */
  readonly warm: readonly bigint[]
  readonly environment: BlockEnvironment
  /** Undefined before London. */
  readonly baseFee: bigint | undefined
  readonly isMerged: boolean
  readonly keccak: Keccak
  readonly pace: Pace
}

/** The context's block as a call sees it. @throws {UnsupportedForkError} where an override leads to rules unknown here */
export function openCallBlock(context: CallContext, overrides: BlockOverrides = {}): CallBlock {
  const { values, setting } = openedHeader(context)
  const seen = { ...values, ...defined(overrides) }
  const isPlaced = POSITION.every((field) => seen[field] === values[field])
  const blockHash = ancestorsBefore(values.number, context.blockHash)
  return isPlaced ? blockBy(setting, context, seen, blockHash) : openBlock(context, seen, blockHash)
}

/** What of a block decides its rules. */
const POSITION = ['number', 'timestamp', 'difficulty'] as const

export function openBlock(
  context: Pick<CallContext, 'network' | 'crypto' | 'pace'>,
  values: BlockValues,
  blockHash: BlockHashLookup,
): CallBlock {
  return blockBy(forkSettingAt(context.network, values, context.crypto), context, values, blockHash)
}

function blockBy(
  { common, rules, table, precompiles }: ForkSetting,
  { crypto, pace }: Pick<CallContext, 'crypto' | 'pace'>,
  { baseFee, ...rest }: BlockValues,
  blockHash: BlockHashLookup,
): CallBlock {
  return {
    ...{ common, rules, table, baseFee, pace },
    keccak: crypto.keccak,
    precompiles: new Map(precompiles),
    warm: [...precompiles.keys()],
    environment: { ...rest, baseFee: baseFee ?? 0n, blockHash },
    isMerged: rules.prevRandao,
  }
}

/** As geth has it: the block that calls are in, and what an override puts after it, have no hash. */
function ancestorsBefore(head: bigint, blockHash: CallContext['blockHash']): BlockHashLookup {
  return (number) => {
    if (BigInt(number) >= head) return 0n
    const hash = blockHash(number)
    return hash instanceof Promise ? hash.then(bytesToWord) : bytesToWord(hash)
  }
}

function defined(overrides: BlockOverrides): Partial<BlockValues> {
  const { number, timestamp, difficulty, gasLimit, coinbase, prevRandao, baseFee, blobBaseFee } = overrides
  const given = { number, timestamp, difficulty, gasLimit, coinbase, prevRandao, baseFee, blobBaseFee }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
