/** Makes small blockchain tests: their blocks are valid, because their roots come from executing them. */
import type { Common } from '@ethereumjs/common'
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import { RLP } from '@ethereumjs/rlp'
import {
  bigIntToUnpaddedBytes,
  bytesToHex,
  createAddressFromPrivateKey,
  hexToBytes,
  KECCAK256_RLP_ARRAY,
} from '@ethereumjs/util'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { commonAt } from '../../chain/execution-common.ts'
import { executionConfigOnly } from '../../chain/network.ts'
import { executeBlock } from '../../execution/block/execute-block.ts'
import { isProofOfStake } from '../../execution/block/header-rules.ts'
import { orderedRoot } from '../../execution/block/ordered-root.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { StateTrie } from '../../state/state-trie.ts'
import { EMPTY_ROOT } from '../../state/trie/partial-trie.ts'
import { parseAccounts } from './blockchain-test.ts'
import { forkConfig } from './fork-names.ts'
import { GrowingSource } from './growing-source.ts'
import { stateOf } from './test-state.ts'

const SENDER_KEY = hexToBytes(`0x${'45'.repeat(32)}`)
export const SENDER = createAddressFromPrivateKey(SENDER_KEY).toString()
/** A contract that puts 1 into slot 0. */
export const WRITER = `0x${'c0'.repeat(20)}` as const
const PRE = {
  [SENDER]: { nonce: '0x00', balance: '0x0de0b6b3a7640000', code: '0x', storage: {} },
  [WRITER]: { nonce: '0x01', balance: '0x00', code: '0x6001600055', storage: { '0x01': '0x02' } },
}

/** Places of header fields that tests spoil. */
export const FIELD = { coinbase: 2, stateRoot: 3, gasLimit: 9, timestamp: 11, extraData: 12, baseFee: 15 } as const

export interface BlockParts {
  readonly calls?: readonly TypedTxData[]
  readonly uncles?: readonly MadeBlock[]
  readonly withdrawals?: readonly Uint8Array[][]
  /** Changes the header before the block is executed. */
  readonly prepare?: (header: Uint8Array[]) => void
  /** Changes the header when its roots are right. */
  readonly spoil?: (header: Uint8Array[]) => void
}

export interface MadeBlock {
  readonly rlp: Uint8Array
  readonly header: readonly Uint8Array[]
  readonly hash: Hash
}

/** A chain of `fork`, up to Cancun (later ones need contracts in the state), from one genesis on: blocks are made on any of its blocks, and told as the official format tells them. */
export async function chainMaker(fork: string) {
  const crypto = await loadWasmCrypto()
  const { keccak } = crypto
  const network = executionConfigOnly(forkConfig(fork, { chainId: 1, blobSchedule: new Map() }))
  const source = new GrowingSource()
  const pre = stateOf(parseAccounts(PRE, 'pre'), keccak)
  source.add(pre.commit())

  const ruled = (number: number) => commonAt(network, { number, timestamp: SLOT * number }, crypto.customCrypto)
  const genesis = finish(firstHeader(pre.root()).slice(0, fieldCount(ruled(0))), [], [], undefined)

  function finish(
    header: Uint8Array[],
    transactions: readonly Uint8Array[],
    uncles: readonly MadeBlock[],
    withdrawals: readonly Uint8Array[][] | undefined,
  ): MadeBlock {
    const body = [transactions.map((tx) => RLP.decode(tx)), uncles.map((uncle) => [...uncle.header])]
    const rlp = RLP.encode([header, ...body, ...(withdrawals === undefined ? [] : [[...withdrawals]])] as never)
    return { rlp, header, hash: asHash(keccak(RLP.encode([...header]))) }
  }

  /** The block after `parent`, ten seconds later. */
  async function block(parent: MadeBlock, parts: BlockParts = {}): Promise<MadeBlock> {
    const number = Number(`0x0${bytesToHex(parent.header[8]!).slice(2)}`) + 1
    const timestamp = SLOT * number
    const common = ruled(number)
    const transactions = (parts.calls ?? []).map((call) =>
      createTx({ gasPrice: 100, gasLimit: 100_000, ...call }, { common })
        .sign(SENDER_KEY)
        .serialize(),
    )
    const uncles = parts.uncles ?? []
    const withdrawals = common.isActivatedEIP(4895) ? (parts.withdrawals ?? []) : undefined
    const header = [...parent.header, ...firstHeader(pre.root()).slice(parent.header.length, fieldCount(common))]
    header[0] = parent.hash
    header[1] = keccak(RLP.encode(uncles.map((uncle) => [...uncle.header])))
    header[4] = orderedRoot(transactions, keccak)
    header[7] = isProofOfStake(common) ? integer(0) : nextDifficulty(parent)
    header[8] = integer(number)
    header[11] = integer(timestamp)
    if (withdrawals !== undefined)
      header[16] = orderedRoot(
        withdrawals.map((withdrawal) => RLP.encode([...withdrawal])),
        keccak,
      )
    parts.prepare?.(header)

    const draft = finish(header, transactions, uncles, withdrawals)
    const state = new StateTrie({ root: asHash(parent.header[3]!), nodes: source, codes: source, keccak })
    const difficulty = BigInt(`0x0${bytesToHex(header[7]).slice(2)}`)
    const outcome = await executeBlock(
      { network, block: draft.rlp, position: { number, timestamp, difficulty }, ancestors: new Map(), engine: 'tuned' },
      {
        reader: state,
        intermediateRoot: async (writes) => {
          state.applyWrites(writes)
          return state.root()
        },
      },
      { crypto, now: () => 0 },
    )
    state.applyWrites(outcome.writes)
    source.add(state.commit())
    header[3] = state.root()
    header[5] = orderedRoot(outcome.receipts, keccak)
    header[6] = outcome.logsBloom
    header[10] = bigIntToUnpaddedBytes(outcome.gasUsed)
    parts.spoil?.(header)
    return finish(header, transactions, uncles, withdrawals)
  }

  /** The official form of a test over `blocks`; `change` replaces fields of it. */
  function test(blocks: readonly object[], last: MadeBlock, change: object = {}): Record<string, unknown> {
    return {
      network: fork,
      sealEngine: 'NoProof',
      genesisBlockHeader: genesisFields(genesis),
      pre: PRE,
      blocks,
      lastblockhash: bytesToHex(last.hash),
      postStateHash: bytesToHex(last.header[3]!),
      ...change,
    }
  }

  return { genesis, block, test, pre: PRE }
}

export function valid({ rlp, hash }: MadeBlock): object {
  return { rlp: bytesToHex(rlp), blockHeader: { hash: bytesToHex(hash) } }
}

export function invalid({ rlp }: Pick<MadeBlock, 'rlp'>, exception = 'BlockException'): object {
  return { rlp: bytesToHex(rlp), expectException: exception }
}

/** By the names of the format. */
function genesisFields({ header, hash }: MadeBlock): Record<string, string> {
  const names = [
    ...['parentHash', 'uncleHash', 'coinbase', 'stateRoot', 'transactionsTrie', 'receiptTrie', 'bloom', 'difficulty'],
    ...['number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce', 'baseFeePerGas'],
    ...['withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot'],
  ]
  return { ...Object.fromEntries(header.map((value, i) => [names[i]!, bytesToHex(value)])), hash: bytesToHex(hash) }
}

export function integer(value: number): Uint8Array {
  return bigIntToUnpaddedBytes(BigInt(value))
}

/** Seconds between blocks. */
const SLOT = 10

function fieldCount(common: Common): number {
  const has = (eip: number, fields: number) => (common.isActivatedEIP(eip) ? fields : 0)
  return 15 + has(1559, 1) + has(4895, 1) + has(4844, 2) + has(4788, 1)
}

/** Every field there is, as at genesis. */
function firstHeader(stateRoot: Hash): Uint8Array[] {
  const zeros = (length: number) => new Uint8Array(length)
  return [
    zeros(32),
    KECCAK256_RLP_ARRAY,
    new Uint8Array(20).fill(0xba),
    stateRoot,
    EMPTY_ROOT,
    EMPTY_ROOT,
    zeros(256),
    integer(GENESIS_DIFFICULTY),
    integer(0),
    integer(GAS_LIMIT),
    integer(0),
    integer(0),
    zeros(0),
    zeros(32),
    zeros(8),
    integer(BASE_FEE),
    EMPTY_ROOT,
    integer(0),
    integer(0),
    zeros(32),
  ]
}

const GENESIS_DIFFICULTY = 0x20000 * 16
const GAS_LIMIT = 8_000_000
/** So low that an eighth of it is nothing: no block changes it. */
const BASE_FEE = 7

/** For blocks ten seconds apart: EIP-100 (Byzantium) adds a 2048th where the parent has uncles; before that it stays. */
function nextDifficulty({ header }: MadeBlock): Uint8Array {
  const difficulty = BigInt(`0x0${bytesToHex(header[7]!).slice(2)}`)
  const hasUncles = bytesToHex(header[1]!) !== bytesToHex(KECCAK256_RLP_ARRAY)
  return bigIntToUnpaddedBytes(hasUncles ? difficulty + difficulty / 2048n : difficulty)
}
