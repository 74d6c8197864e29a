/** What the tests of execution share: networks that are in one fork from the start, states in memory, blocks made to order. */
import { createBlock } from '@ethereumjs/block'
import { Hardfork, type Common } from '@ethereumjs/common'
import { createTx, type TypedTransaction, type TypedTxData } from '@ethereumjs/tx'
import { Address, bytesToHex, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asHash, type AddressBytes, type Hash } from '../chain/bytes.ts'
import { commonAt } from '../chain/execution-common.ts'
import { executionConfigOnly, type ExecutionNetwork } from '../chain/network.ts'
import type { AccountValue, FlatReader, MaybePromise } from '../state/flat-reader.ts'
import type { StateWrites } from '../state/state-writes.ts'
import { executeBlock, type EarlierResults, type ExecutionJob, type ExecutionOutcome } from './block/execute-block.ts'
import { loadWasmCrypto } from './crypto/wasm-crypto.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from './state/account-entry.ts'
import { bytesToWord, wordToAddress, wordToBytes32, wordToTrimmedBytes } from './words.ts'

const BLOCK_FORKS = [
  ['chainstart', undefined],
  ['homestead', 'homesteadBlock'],
  ['tangerineWhistle', 'eip150Block'],
  ['spuriousDragon', 'eip155Block'],
  ['byzantium', 'byzantiumBlock'],
  ['constantinople', 'constantinopleBlock'],
  ['petersburg', 'petersburgBlock'],
  ['istanbul', 'istanbulBlock'],
  ['berlin', 'berlinBlock'],
  ['london', 'londonBlock'],
] as const
const TIME_FORKS = ['shanghai', 'cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'amsterdam'] as const

export type TestFork = (typeof BLOCK_FORKS)[number][0] | 'paris' | (typeof TIME_FORKS)[number]

/** In order of activation. */
export const TEST_FORKS: readonly TestFork[] = [...BLOCK_FORKS.map(([name]) => name), 'paris', ...TIME_FORKS]

export function isAtLeast(fork: TestFork, other: TestFork): boolean {
  return TEST_FORKS.indexOf(fork) >= TEST_FORKS.indexOf(other)
}

/** Any chain id that no network has. */
export const TEST_CHAIN_ID = 7331
/** Far enough from the start that BLOCKHASH has ancestors, and that "future" blocks are in the future. */
export const TEST_BLOCK_NUMBER = 9
export const TEST_TIMESTAMP = 5000
export const TEST_SLOT = 0x5107n
export const TEST_COINBASE = address(0xc0ffeen)

/** A geth genesis "config" whose blocks are all of `fork`. */
export function configOf(fork: TestFork): Record<string, unknown> {
  const config: Record<string, unknown> = { chainId: TEST_CHAIN_ID }
  for (const [name, field] of BLOCK_FORKS) {
    if (!isAtLeast(fork, name) || field === undefined) continue
    config[field] = 0
    if (name === 'spuriousDragon') config['eip158Block'] = 0
    // Without the field geth's format means both at once.
    if (name === 'constantinople' && fork === name) config['petersburgBlock'] = 1_000_000
  }
  if (isAtLeast(fork, 'paris')) config['terminalTotalDifficulty'] = 0
  for (const name of TIME_FORKS) if (isAtLeast(fork, name)) config[`${name}Time`] = 0
  return config
}

export function networkOf(fork: TestFork): ExecutionNetwork {
  return executionConfigOnly(configOf(fork))
}

export function address(key: bigint): AddressBytes {
  return wordToAddress(key) as AddressBytes
}

export function bytes(hex: string): Uint8Array {
  return hexToBytes(`0x${hex}`)
}

/** Missing fields are zero and empty. */
export interface TestAccount {
  readonly nonce?: bigint
  readonly balance?: bigint
  readonly code?: Uint8Array
  readonly storage?: ReadonlyMap<bigint, bigint>
}

/** Accounts by address as a number. */
export type TestState = ReadonlyMap<bigint, TestAccount>

export type Read =
  | { readonly kind: 'account'; readonly key: bigint }
  | { readonly kind: 'slot'; readonly key: bigint; readonly slot: bigint }
  | { readonly kind: 'code'; readonly key: bigint }

/** The state as a reader that notes what it was asked. `answer` may delay an answer or fail it. */
export async function memoryReader(
  state: TestState,
  answer: <T>(read: Read, value: T) => MaybePromise<T> = (_, value) => value,
): Promise<FlatReader & { readonly reads: Read[] }> {
  const { keccak } = await loadWasmCrypto()
  const reads: Read[] = []
  const note = <T>(read: Read, value: T): MaybePromise<T> => {
    reads.push(read)
    return answer(read, value)
  }
  const accountOf = (key: bigint): AccountValue | undefined => {
    const account = state.get(key)
    if (account === undefined) return undefined
    const { nonce = 0n, balance = 0n, code = new Uint8Array(0), storage } = account
    return {
      nonce,
      balance,
      storageRoot: storage === undefined || storage.size === 0 ? EMPTY_TRIE_ROOT : SOME_STORAGE_ROOT,
      codeHash: code.length === 0 ? EMPTY_CODE_HASH : asHash(keccak(code)),
    }
  }
  return {
    reads,
    account: (of) => note({ kind: 'account', key: bytesToWord(of) }, accountOf(bytesToWord(of))),
    storage: (of, slot) => {
      const read = { kind: 'slot', key: bytesToWord(of), slot: bytesToWord(slot) } as const
      return note(read, wordToTrimmedBytes(state.get(read.key)?.storage?.get(read.slot) ?? 0n))
    },
    code: (_, of) => note({ kind: 'code', key: bytesToWord(of) }, state.get(bytesToWord(of))!.code!),
  }
}

/** Nothing here looks behind a storage root; it only must not be the empty trie's. */
const SOME_STORAGE_ROOT = asHash(new Uint8Array(32).fill(0x11))

/** A key and its address. Known keys, so that failing examples repeat. */
export interface TestSender {
  readonly secret: Uint8Array
  readonly key: bigint
}

export function sender(index: number): TestSender {
  const secret = wordToBytes32(BigInt(index + 1))
  return { secret, key: bytesToWord(SENDER_ADDRESSES[index]!) }
}

/** Of the secret keys 1 and 2; well known. */
const SENDER_ADDRESSES = [
  bytes('7e5f4552091a69125d5dfcb7b8c2659029395bdf'),
  bytes('2b5ad5c4795c026514f8317c7a215e218dccd6cf'),
]

/** A transaction to be signed: EthereumJS's fields, and by whom. */
export interface TestTransaction {
  readonly from: TestSender
  readonly fields: TypedTxData
}

export interface TestBlock {
  readonly fork: TestFork
  readonly rlp: Uint8Array
  readonly transactions: readonly TypedTransaction[]
}

/** A block whose header commits to nothing: for execution, which compares nothing. */
export function testBlock(
  fork: TestFork,
  transactions: readonly TestTransaction[],
  withdrawals: bigint[] = [],
): TestBlock {
  const common = testCommon(fork)
  const signed = transactions.map(({ from, fields }) => createTx(fields, { common }).sign(from.secret))
  const isMerged = isAtLeast(fork, 'paris')
  const block = createBlock(
    {
      header: {
        number: TEST_BLOCK_NUMBER,
        timestamp: TEST_TIMESTAMP,
        gasLimit: 30_000_000,
        coinbase: new Address(TEST_COINBASE),
        difficulty: isMerged ? 0 : 131072,
        mixHash: new Uint8Array(32).fill(0x77),
        parentHash: testHash(TEST_BLOCK_NUMBER - 1),
        ...(isAtLeast(fork, 'london') && { baseFeePerGas: 7n }),
        ...(isAtLeast(fork, 'cancun') && {
          excessBlobGas: 10n ** 7n,
          blobGasUsed: 0n,
          parentBeaconBlockRoot: testHash(0),
        }),
        ...(isAtLeast(fork, 'amsterdam') && { slotNumber: TEST_SLOT }),
      },
      transactions: signed,
      ...(isAtLeast(fork, 'shanghai') && {
        withdrawals: withdrawals.map((key, index) => ({
          index,
          validatorIndex: 1,
          address: address(key),
          amount: index,
        })),
      }),
    },
    { common, skipConsensusFormatValidation: true },
  )
  return { fork, rlp: block.serialize(), transactions: signed }
}

/** EthereumJS makes no blob transaction without a KZG library, and uses none for making one of hashes. */
export function testCommon(fork: TestFork): Common {
  const common = commonAt(networkOf(fork), POSITION(fork), { kzg: {} as never })
  if (common.hardfork() !== hardforkOf(fork)) throw new Error(`${fork} became ${common.hardfork()}`)
  return common
}

function hardforkOf(fork: TestFork): string {
  return fork === 'paris' ? Hardfork.Paris : fork
}

const POSITION = (fork: TestFork) => ({
  number: TEST_BLOCK_NUMBER,
  timestamp: TEST_TIMESTAMP,
  difficulty: isAtLeast(fork, 'paris') ? 0n : 131072n,
})

export function testHash(number: number): Hash {
  return asHash(new Uint8Array(32).fill(0xa0 + number))
}

export interface TestRun extends Omit<ExecutionOutcome, 'ms'> {
  /** Writes taken after each transaction, before Byzantium. */
  readonly taken: readonly StateWrites[]
}

export function testJob(engine: ExecutionJob['engine'], block: TestBlock): ExecutionJob {
  return {
    network: networkOf(block.fork),
    block: block.rlp,
    position: POSITION(block.fork),
    ancestors: new Map(Array.from({ length: TEST_BLOCK_NUMBER }, (_, number) => [number, testHash(number)])),
    engine,
  }
}

export async function runTestBlock(
  engine: ExecutionJob['engine'],
  block: TestBlock,
  reader: FlatReader,
  earlier: EarlierResults = new Map(),
): Promise<TestRun> {
  const taken: StateWrites[] = []
  const job = testJob(engine, block)
  const intermediateRoot = async (writes: StateWrites): Promise<Hash> => {
    taken.push(writes)
    return testHash(taken.length)
  }
  const crypto = await loadWasmCrypto()
  const { ms: _ms, ...outcome } = await executeBlock(
    job,
    { reader, intermediateRoot },
    { crypto, now: () => 0 },
    earlier,
  )
  return { ...outcome, taken }
}

/** Contracts that the protocol calls, as short as they may be: the first two store what they are given. */
export function systemContracts(fork: TestFork): [bigint, TestAccount][] {
  const storesInput = { nonce: 1n, code: bytes('5f35435500') }
  const answersNothing = { nonce: 1n, code: bytes('00') }
  const contracts: [PrefixedHexString, TestAccount][] = []
  if (isAtLeast(fork, 'cancun')) contracts.push(['0x000f3df6d732807ef1319fb7b8bb8522d0beac02', storesInput])
  if (isAtLeast(fork, 'prague'))
    contracts.push(
      ['0x0000f90827f1c53a10cb7a02335b175320002935', storesInput],
      ['0x00000961ef480eb55e80d19ad83579a64c007002', answersNothing],
      ['0x0000bbddc7ce488642fb579f8b00f3a590007251', answersNothing],
    )
  if (isAtLeast(fork, 'amsterdam'))
    contracts.push(
      ['0x0000bff46984e3725691fa540a8c7589300d8282', answersNothing],
      ['0x000064d678505ad48f8ccb093bc65613800e8282', answersNothing],
    )
  return contracts.map(([key, account]) => [BigInt(key), account])
}

/** For comparison, and for being read when it fails: maps become lists in a fixed order, bytes hex. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(plain)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

// --- bytecode

/** Pushes a word with as few bytes as it needs (one for zero: PUSH0 is young). */
export function push(value: bigint): number[] {
  const trimmed = value === 0n ? Uint8Array.of(0) : wordToTrimmedBytes(value)
  return [0x5f + trimmed.length, ...trimmed]
}

/** Operations with their operands, the first on top of the stack. */
export function op(opcode: number, ...operands: bigint[]): number[] {
  return [...operands.reverse().flatMap(push), opcode]
}

export function code(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flat())
}
