/**
 * A block split into the exact bytes it commits to. Hashes and roots are computed over what came, never over what a
 * library made of it: an encoder that normalises could otherwise let a different body pass.
 */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import { bytesToWord } from '../words.ts'

export interface RawHeader {
  readonly rlp: Uint8Array
  readonly hash: Hash
  readonly parentHash: Hash
  readonly stateRoot: Hash
  readonly number: number
  readonly timestamp: number
  readonly difficulty: bigint
  readonly fieldCount: number
}

export interface RawBlock {
  readonly rlp: Uint8Array
  readonly header: RawHeader
  /** As in the transactions trie: legacy ones as lists, typed ones with their type byte (EIP-2718). */
  readonly transactions: readonly Uint8Array[]
  /** The encoded list of uncle headers, whose keccak256 the header holds. */
  readonly uncles: Uint8Array
  readonly uncleHeaders: readonly RawHeader[]
  /** Undefined before Shanghai. */
  readonly withdrawals: readonly Uint8Array[] | undefined
}

/** The bytes are no block. */
export class BlockEncodingError extends Error {
  override name = 'BlockEncodingError'
}

/** @throws {BlockEncodingError} that says which part has the wrong shape */
export function decodeRawBlock(rlp: Uint8Array, keccak: Keccak): RawBlock {
  const [header, transactions, uncles, withdrawals, ...more] = decodeList(rlp, 'the block')
  if (more.length > 0) throw new BlockEncodingError(`the block has ${4 + more.length} parts; expected 3 or 4`)
  const headerItems = asList(header, 'the header')
  const uncleList = asList(uncles, 'the uncles')
  return {
    rlp,
    header: rawHeader(encode(headerItems, 'the header'), headerItems, keccak),
    transactions: asList(transactions, 'the transactions').map(rawTransaction),
    uncles: encode(uncleList, 'the uncles'),
    uncleHeaders: uncleList.map((uncle, index) => {
      const items = asList(uncle, `uncle ${index}`)
      return rawHeader(encode(items, `uncle ${index}`), items, keccak)
    }),
    withdrawals: withdrawals === undefined ? undefined : asList(withdrawals, 'the withdrawals').map(rawWithdrawal),
  }
}

/** @throws {BlockEncodingError} */
export function decodeRawHeader(rlp: Uint8Array, keccak: Keccak): RawHeader {
  return rawHeader(rlp, decodeList(rlp, 'the header'), keccak)
}

/** Fields before London; later forks only append. */
const MIN_HEADER_FIELDS = 15
const PARENT_HASH = 0
const STATE_ROOT = 3
const DIFFICULTY = 7
const NUMBER = 8
const TIMESTAMP = 11

function rawHeader(rlp: Uint8Array, items: readonly Item[], keccak: Keccak): RawHeader {
  if (items.length < MIN_HEADER_FIELDS) {
    throw new BlockEncodingError(`the header has ${items.length} fields; expected at least ${MIN_HEADER_FIELDS}`)
  }
  return {
    rlp,
    fieldCount: items.length,
    hash: asHash(keccak(rlp)),
    parentHash: hashField(items, PARENT_HASH, 'parentHash'),
    stateRoot: hashField(items, STATE_ROOT, 'stateRoot'),
    difficulty: integerField(items, DIFFICULTY, 'difficulty'),
    number: smallField(items, NUMBER, 'number'),
    timestamp: smallField(items, TIMESTAMP, 'timestamp'),
  }
}

/**
 * EIP-2718: a byte string is a type below 0x80 and its payload. A legacy transaction in a string would be decoded by
 * EthereumJS, and have the same root as the list it should be.
 */
function rawTransaction(item: Item, index: number): Uint8Array {
  if (!(item instanceof Uint8Array)) return encode(item, `transaction ${index}`)
  if (item.length === 0) throw new BlockEncodingError(`transaction ${index} is empty`)
  if (item[0]! <= MAX_TRANSACTION_TYPE) return item
  throw new BlockEncodingError(
    `transaction ${index} should be a list, or begin with a type up to ${MAX_TRANSACTION_TYPE}`,
  )
}

const MAX_TRANSACTION_TYPE = 0x7f

/** EIP-4895: index, validator index, address, amount. */
function rawWithdrawal(item: Item, index: number): Uint8Array {
  const fields = asList(item, `withdrawal ${index}`)
  if (fields.length !== WITHDRAWAL_FIELDS.length)
    throw new BlockEncodingError(
      `withdrawal ${index} has ${fields.length} fields; expected ${WITHDRAWAL_FIELDS.length}`,
    )
  for (const [at, { name, bytes }] of WITHDRAWAL_FIELDS.entries()) {
    const what = `${name} of withdrawal ${index}`
    const value = fields[at]
    if (!(value instanceof Uint8Array)) throw new BlockEncodingError(`${what} should be bytes`)
    if (name !== 'address') checkInteger(value, what, bytes)
    else if (value.length !== bytes)
      throw new BlockEncodingError(`${what} has ${value.length} bytes; expected ${bytes}`)
  }
  return encode(fields, `withdrawal ${index}`)
}

const WITHDRAWAL_FIELDS = [
  { name: 'index', bytes: 8 },
  { name: 'validatorIndex', bytes: 8 },
  { name: 'address', bytes: 20 },
  { name: 'amount', bytes: 8 },
] as const

/** Yellow Paper, appendix B: numbers are encoded without leading zeros. */
function checkInteger(bytes: Uint8Array, what: string, maxBytes: number): void {
  if (bytes.length > maxBytes) throw new BlockEncodingError(`${what} has ${bytes.length} bytes; at most ${maxBytes}`)
  if (bytes[0] === 0) throw new BlockEncodingError(`${what} begins with a zero byte`)
}

type Item = Uint8Array | NestedUint8Array

function decodeList(rlp: Uint8Array, what: string): readonly Item[] {
  let decoded: Item
  try {
    decoded = RLP.decode(rlp)
  } catch (error) {
    throw new BlockEncodingError(`${what} is not RLP: ${(error as Error).message}`)
  }
  return asList(decoded, what)
}

/** EthereumJS hands all items of a list to one call, and no stack holds hundreds of thousands. No real list has so many. */
function encode(list: readonly Item[], what: string): Uint8Array {
  try {
    return RLP.encode([...list])
  } catch (error) {
    if (error instanceof RangeError) throw new BlockEncodingError(`${what} has a list of far too many items`)
    throw error
  }
}

function asList(item: Item | undefined, what: string): readonly Item[] {
  if (!Array.isArray(item)) throw new BlockEncodingError(`${what} should be a list`)
  return item
}

function field(items: readonly Item[], index: number, name: string): Uint8Array {
  const item = items[index]
  if (!(item instanceof Uint8Array)) throw new BlockEncodingError(`header field ${name} should be bytes`)
  return item
}

function hashField(items: readonly Item[], index: number, name: string): Hash {
  const bytes = field(items, index, name)
  if (bytes.length !== 32) throw new BlockEncodingError(`header field ${name} has ${bytes.length} bytes; expected 32`)
  return asHash(bytes)
}

function integerField(items: readonly Item[], index: number, name: string): bigint {
  const bytes = field(items, index, name)
  checkInteger(bytes, `header field ${name}`, 32)
  return bytesToWord(bytes)
}

function smallField(items: readonly Item[], index: number, name: string): number {
  const value = integerField(items, index, name)
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new BlockEncodingError(`header field ${name} is ${value}: too large`)
  return Number(value)
}
