/**
 * What the leaves of the state hold: accounts as `[nonce, balance, storageRoot, codeHash]` and storage values as integers
 * without leading zeros, both RLP (yellow paper, 4.1). Strict both ways, so that equal values have equal bytes.
 */
import { bigIntToUnpaddedBytes, bytesToBigInt } from '@ethereumjs/util'
import type { Hash } from '../chain/bytes.ts'
import type { AccountValue } from './flat-reader.ts'
import {
  RlpError,
  enterList,
  isListAt,
  itemEnd,
  payloadStart,
  prefixSize,
  stringSize,
  writeListPrefix,
  writeString,
} from './rlp.ts'

/** Bytes in a trie's leaf, under a proven root, that are neither an account nor a storage value. */
export class MalformedValueError extends Error {
  override name = 'MalformedValueError'
}

/** EIP-2681: below 2^64 - 1 for transactions; older state never came near it. */
const NONCE_BYTES = 8
/** EVM words. */
const WORD_BYTES = 32
const HASH_BYTES = 32

/** Copies what it returns. @throws {MalformedValueError} */
export function decodeAccount(encoded: Uint8Array): AccountValue {
  return strictly('an account', () => {
    let at = enterList(encoded)
    const next = (field: string): Uint8Array => {
      if (at >= encoded.length) throw new RlpError(`no ${field}: fewer than 4 fields`)
      if (isListAt(encoded, at)) throw new RlpError(`${field} is a list`)
      const end = itemEnd(encoded, at, encoded.length)
      const payload = encoded.subarray(payloadStart(encoded, at), end)
      at = end
      return payload
    }
    const account: AccountValue = {
      nonce: readInteger(next('nonce'), 'nonce', NONCE_BYTES),
      balance: readInteger(next('balance'), 'balance', WORD_BYTES),
      storageRoot: readHash(next('storageRoot'), 'storageRoot'),
      codeHash: readHash(next('codeHash'), 'codeHash'),
    }
    if (at !== encoded.length) throw new RlpError('more than 4 fields')
    return account
  })
}

/** @throws {RangeError} when nonce or balance is negative or too large */
export function encodeAccount({ nonce, balance, storageRoot, codeHash }: AccountValue): Uint8Array {
  const fields = [
    writeInteger(nonce, 'nonce', NONCE_BYTES),
    writeInteger(balance, 'balance', WORD_BYTES),
    storageRoot,
    codeHash,
  ]
  const length = fields.reduce((sum, field) => sum + stringSize(field), 0)
  const encoded = new Uint8Array(prefixSize(length) + length)
  let at = writeListPrefix(encoded, 0, length)
  for (const field of fields) at = writeString(encoded, at, field)
  return encoded
}

/** Big-endian without leading zeros, a copy; never empty, because a zero is not in the trie. @throws {MalformedValueError} */
export function decodeStorageValue(encoded: Uint8Array): Uint8Array {
  return strictly('a storage value', () => {
    if (encoded.length === 0) throw new RlpError('no bytes at all')
    if (isListAt(encoded, 0)) throw new RlpError('a list')
    if (itemEnd(encoded, 0, encoded.length) !== encoded.length) throw new RlpError('bytes after the value')
    const value = encoded.slice(payloadStart(encoded, 0))
    if (value.length === 0) throw new RlpError('a zero, which a trie does not hold')
    checkInteger(value, 'value', WORD_BYTES)
    return value
  })
}

/**
 * @param value big-endian without leading zeros; empty (zero) is a deletion and has no encoding
 * @throws {RangeError} unless it is that
 */
export function encodeStorageValue(value: Uint8Array): Uint8Array {
  if (value.length === 0 || value.length > WORD_BYTES || value[0] === 0) {
    throw new RangeError(
      `a storage value of ${value.length} bytes starting with ${value[0] ?? 'nothing'}; expected 1 to 32 without leading zeros`,
    )
  }
  const encoded = new Uint8Array(stringSize(value))
  writeString(encoded, 0, value)
  return encoded
}

function strictly<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RlpError) throw new MalformedValueError(`not ${what}: ${error.message}`)
    throw error
  }
}

function readHash(bytes: Uint8Array, field: string): Hash {
  if (bytes.length !== HASH_BYTES) throw new RlpError(`${field} is ${bytes.length} bytes long, expected 32`)
  return bytes.slice() as Hash
}

function readInteger(bytes: Uint8Array, field: string, maxBytes: number): bigint {
  checkInteger(bytes, field, maxBytes)
  return bytesToBigInt(bytes)
}

function checkInteger(bytes: Uint8Array, field: string, maxBytes: number): void {
  if (bytes.length > maxBytes)
    throw new RlpError(`${field} is ${bytes.length} bytes long, at most ${maxBytes} expected`)
  if (bytes[0] === 0) throw new RlpError(`${field} has a leading zero`)
}

function writeInteger(value: bigint, field: string, maxBytes: number): Uint8Array {
  if (value < 0n) throw new RangeError(`${field} is negative: ${value}`)
  const bytes = bigIntToUnpaddedBytes(value)
  if (bytes.length > maxBytes) throw new RangeError(`${field} needs ${bytes.length} bytes, at most ${maxBytes} fit`)
  return bytes
}
