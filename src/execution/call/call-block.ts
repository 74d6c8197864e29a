/** The block that calls see: its numbers, its fork's rules, its precompiles. */
import { createBlockHeaderFromRLP, type BlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { EVM, NobleBLS, NobleBN254, paramsEVM } from '@ethereumjs/evm'
import { paramsTx } from '@ethereumjs/tx'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { commonAt } from '../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { FlatReader, MaybePromise } from '../../state/flat-reader.ts'
import { decodeRawHeader } from '../block/raw-block.ts'
import { precompilesOf } from '../crypto/precompiles.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { BlockEnvironment, BlockHashLookup, Precompile } from '../evm/environment.ts'
import type { ForkRules } from '../evm/fork-rules.ts'
import type { OpTable } from '../evm/operation.ts'
import { coveredFork } from '../evm/tuned-evm.ts'
import type { Pace } from '../pace.ts'
import { bytesToWord } from '../words.ts'
import type { BlockOverrides } from './block-overrides.ts'

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

/** Numbers of a block before its rules are known. */
export interface BlockValues {
  readonly number: bigint
  readonly timestamp: bigint
  readonly coinbase: bigint
  readonly gasLimit: bigint
  readonly difficulty: bigint
  readonly prevRandao: bigint
  readonly baseFee: bigint | undefined
  readonly blobBaseFee: bigint
  readonly slotNumber: bigint
}

/** @throws {UnsupportedForkError} */
export function readHeader({
  network,
  header,
  crypto,
}: Pick<CallContext, 'network' | 'header' | 'crypto'>): BlockHeader {
  const position = decodeRawHeader(header, crypto.keccak)
  const common = commonAt(network, position, crypto.customCrypto)
  return createBlockHeaderFromRLP(header, { common, skipConsensusFormatValidation: true })
}

export function valuesOf(header: BlockHeader): BlockValues {
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: bytesToWord(header.coinbase.bytes),
    gasLimit: header.gasLimit,
    difficulty: header.difficulty,
    prevRandao: bytesToWord(header.mixHash),
    baseFee: header.baseFeePerGas,
    blobBaseFee: header.excessBlobGas === undefined ? 0n : header.getBlobGasPrice(),
    slotNumber: header.slotNumber ?? 0n,
  }
}

/** The context's block as a call sees it. @throws {UnsupportedForkError} where an override leads to rules unknown here */
export function openCallBlock(context: CallContext, overrides: BlockOverrides = {}): CallBlock {
  const values = valuesOf(readHeader(context))
  return openBlock(context, { ...values, ...defined(overrides) }, ancestorsBefore(values.number, context.blockHash))
}

export function openBlock(
  { network, crypto, pace }: Pick<CallContext, 'network' | 'crypto' | 'pace'>,
  values: BlockValues,
  blockHash: BlockHashLookup,
): CallBlock {
  const { number, timestamp, difficulty } = values
  const common = commonAt(network, { number, timestamp, difficulty }, crypto.customCrypto)
  common.updateParams(paramsEVM)
  common.updateParams(paramsTx)
  const { rules, table } = coveredFork(common)
  const precompiles = forkPrecompiles(common)
  const { baseFee, ...rest } = values
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

/** By fork; a handful per process. */
const precompilesByFork = new Map<string, ReadonlyMap<bigint, Precompile>>()

function forkPrecompiles(common: Common): ReadonlyMap<bigint, Precompile> {
  const fork = `${common.chainId()}:${common.hardfork()}:${common.eips().join()}`
  let precompiles = precompilesByFork.get(fork)
  if (precompiles === undefined) {
    precompiles = precompilesOf(new EVM({ common, bn254: new NobleBN254(), bls: new NobleBLS() }))
    precompilesByFork.set(fork, precompiles)
  }
  return precompiles
}
