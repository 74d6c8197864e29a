/**
 * The format of a blockchain test: ethereum/tests (docs, "Blockchain Tests") and its continuation in
 * execution-spec-tests (docs, "Blockchain Tests" of the fixture formats). Reading checks shapes; nothing in a test is
 * believed for being in it.
 */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToUnprefixedHex, hexToBytes } from '@ethereumjs/util'
import { asAddress, asHash, type AddressBytes, type Hash } from '../../chain/bytes.ts'
import { blobScheduleName, type BlobLimits } from './fork-names.ts'

export interface TestAccount {
  readonly address: AddressBytes
  readonly nonce: bigint
  readonly balance: bigint
  readonly code: Uint8Array
  /** By slot: 64 lower-case hex digits. Values without leading zeros; empty is an absent slot. */
  readonly storage: ReadonlyMap<string, Uint8Array>
}

export interface TestBlock {
  readonly rlp: Uint8Array
  /** As the test says; undefined where it does not. */
  readonly hash: Hash | undefined
  /** What the block is to be refused for; undefined for a valid block. */
  readonly exception: string | undefined
}

export type PostState =
  | { readonly kind: 'accounts'; readonly accounts: readonly TestAccount[] }
  | { readonly kind: 'root'; readonly root: Hash }

export interface BlockchainTest {
  readonly fork: string
  readonly chainId: number
  /** By geth's fork names. */
  readonly blobSchedule: ReadonlyMap<string, BlobLimits>
  readonly genesis: {
    /** As the test says; nothing has been hashed yet. */
    readonly hash: Hash
    /** The encoded header, from its fields: the oldest tests give no encoding. */
    readonly header: Uint8Array
  }
  readonly pre: readonly TestAccount[]
  readonly blocks: readonly TestBlock[]
  readonly lastBlockHash: Hash
  readonly post: PostState
  /** `Ethash` where proof of work counts; `NoProof` otherwise. */
  readonly sealEngine: string
}

/** The file has another shape than a blockchain test; `where` is the field. */
export class BlockchainTestError extends Error {
  override name = 'BlockchainTestError'
  constructor(
    readonly where: string,
    problem: string,
  ) {
    super(`blockchain test: ${where} ${problem}`)
  }
}

/** Whether the object says of itself that it is of this format; other formats of the same projects lie beside it. */
export function isBlockchainTest(test: unknown): test is Record<string, unknown> {
  return isRecord(test) && 'blocks' in test && 'pre' in test && 'genesisBlockHeader' in test
}

/** @throws {BlockchainTestError} that names the first field with another shape */
export function parseBlockchainTest(test: Record<string, unknown>): BlockchainTest {
  const config = test['config'] === undefined ? {} : record(test['config'], 'config')
  const genesis = record(test['genesisBlockHeader'], 'genesisBlockHeader')
  return {
    fork: text(config['network'] ?? test['network'], 'network'),
    chainId: config['chainid'] === undefined ? MAINNET_CHAIN_ID : small(config['chainid'], 'config.chainid'),
    blobSchedule: blobSchedule(config['blobSchedule']),
    genesis: { hash: hash(genesis['hash'], 'genesisBlockHeader.hash'), header: encodeHeader(genesis) },
    pre: parseAccounts(test['pre'], 'pre'),
    blocks: list(test['blocks'], 'blocks').map((block, index) => testBlock(block, `blocks[${index}]`)),
    lastBlockHash: hash(test['lastblockhash'], 'lastblockhash'),
    post: postState(test),
    sealEngine: test['sealEngine'] === undefined ? 'NoProof' : text(test['sealEngine'], 'sealEngine'),
  }
}

/** By the names of the format, in the order of the encoding; a header ends where its fork's fields end. */
const HEADER_FIELDS: readonly (readonly [name: string, kind: 'bytes' | 'number'])[] = [
  ['parentHash', 'bytes'],
  ['uncleHash', 'bytes'],
  ['coinbase', 'bytes'],
  ['stateRoot', 'bytes'],
  ['transactionsTrie', 'bytes'],
  ['receiptTrie', 'bytes'],
  ['bloom', 'bytes'],
  ['difficulty', 'number'],
  ['number', 'number'],
  ['gasLimit', 'number'],
  ['gasUsed', 'number'],
  ['timestamp', 'number'],
  ['extraData', 'bytes'],
  ['mixHash', 'bytes'],
  ['nonce', 'bytes'],
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', 'bytes'],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', 'bytes'],
  ['requestsHash', 'bytes'],
]

function encodeHeader(header: Readonly<Record<string, unknown>>): Uint8Array {
  const present = HEADER_FIELDS.filter(([name]) => header[name] !== undefined)
  return RLP.encode(
    present.map(([name, kind]) => {
      const where = `genesisBlockHeader.${name}`
      return kind === 'bytes' ? bytes(header[name], where) : bigIntToUnpaddedBytes(quantity(header[name], where))
    }),
  )
}

/** Where a test names no chain, its transactions are signed for this one. */
const MAINNET_CHAIN_ID = 1

function testBlock(value: unknown, where: string): TestBlock {
  const block = record(value, where)
  const header = block['blockHeader'] === undefined ? undefined : record(block['blockHeader'], `${where}.blockHeader`)
  return {
    // Made to be refused, it may be any text.
    rlp: exceptionOf(block) === undefined ? bytes(block['rlp'], `${where}.rlp`) : anyBytes(block['rlp']),
    hash: header === undefined ? undefined : hash(header['hash'], `${where}.blockHeader.hash`),
    exception: exceptionOf(block),
  }
}

/** `expectException`, or one for a fork or all of them (`expectExceptionALL`); the oldest tests only leave the header out. */
function exceptionOf(block: Readonly<Record<string, unknown>>): string | undefined {
  const field = Object.keys(block).find((name) => name.startsWith('expectException'))
  if (field !== undefined) return String(block[field])
  return block['blockHeader'] === undefined ? 'a block without a header in the test' : undefined
}

function postState(test: Readonly<Record<string, unknown>>): PostState {
  if (isRecord(test['postState'])) return { kind: 'accounts', accounts: parseAccounts(test['postState'], 'postState') }
  return { kind: 'root', root: hash(test['postStateHash'], 'postStateHash') }
}

/** @throws {BlockchainTestError} */
export function parseAccounts(value: unknown, where: string): TestAccount[] {
  return Object.entries(record(value, where)).map(([key, fields]) => {
    const at = `${where}.${key}`
    const account = record(fields, at)
    const address = bytes(key, at)
    if (address.length !== 20) throw new BlockchainTestError(at, 'should be an address of 20 bytes')
    return {
      address: asAddress(address),
      nonce: quantity(account['nonce'], `${at}.nonce`),
      balance: quantity(account['balance'], `${at}.balance`),
      code: bytes(account['code'], `${at}.code`),
      storage: storage(account['storage'], `${at}.storage`),
    }
  })
}

function storage(value: unknown, where: string): Map<string, Uint8Array> {
  const slots = new Map<string, Uint8Array>()
  for (const [slot, word] of Object.entries(record(value, where))) {
    const key = quantity(slot, where).toString(16).padStart(64, '0')
    const digits = quantity(word, `${where}.${slot}`).toString(16)
    slots.set(key, digits === '0' ? new Uint8Array(0) : bytes(digits, where))
  }
  return slots
}

function blobSchedule(value: unknown): Map<string, BlobLimits> {
  const schedule = new Map<string, BlobLimits>()
  if (value === undefined) return schedule
  for (const [fork, entry] of Object.entries(record(value, 'config.blobSchedule'))) {
    const where = `config.blobSchedule.${fork}`
    const limits = record(entry, where)
    schedule.set(blobScheduleName(fork), {
      target: small(limits['target'], `${where}.target`),
      max: small(limits['max'], `${where}.max`),
      baseFeeUpdateFraction: small(limits['baseFeeUpdateFraction'], `${where}.baseFeeUpdateFraction`),
    })
  }
  return schedule
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new BlockchainTestError(where, 'should be an object')
  return value
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new BlockchainTestError(where, 'should be a list')
  return value
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw new BlockchainTestError(where, 'should be a text')
  return value
}

/** Hex with or without 0x, whose leading zero may be left out. */
function bytes(value: unknown, where: string): Uint8Array {
  const found = hexBytes(value)
  if (found === undefined) throw new BlockchainTestError(where, `should be hex, is ${JSON.stringify(value)}`)
  return found
}

function anyBytes(value: unknown): Uint8Array {
  return hexBytes(value) ?? new TextEncoder().encode(String(value))
}

function hexBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || !/^(0x)?[0-9a-fA-F]*$/.test(value)) return undefined
  const digits = value.replace(/^0x/, '')
  return hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
}

function hash(value: unknown, where: string): Hash {
  const found = bytes(value, where)
  if (found.length !== 32) throw new BlockchainTestError(where, `has ${found.length} bytes; expected 32`)
  return asHash(found)
}

/** A number of up to 32 bytes; no digits at all are zero. */
function quantity(value: unknown, where: string): bigint {
  const digits = bytesToUnprefixedHex(bytes(value, where)).replace(/^0+/, '')
  if (digits.length > 64) throw new BlockchainTestError(where, 'has more than 32 bytes')
  return BigInt(`0x0${digits}`)
}

function small(value: unknown, where: string): number {
  const number = quantity(value, where)
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new BlockchainTestError(where, `is ${number}: too large`)
  return Number(number)
}
