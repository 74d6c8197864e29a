/** RLP taken apart, each item with a shape that is checked. */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { messageOf } from '../../../chain/thrown.ts'
import { digitsOf } from '../hex.ts'

export type Item = Uint8Array | NestedUint8Array

/** What a source gave is not what it should be. */
export class MalformedObjectError extends Error {
  override name = 'MalformedObjectError'
}

/** @throws {MalformedObjectError} */
export function decodeList(rlp: Uint8Array, what: string): readonly Item[] {
  let decoded: Item
  try {
    decoded = RLP.decode(rlp)
  } catch (error) {
    throw new MalformedObjectError(`${what} is not RLP: ${messageOf(error)}`)
  }
  return listOf(decoded, what)
}

/** @throws {MalformedObjectError} */
export function listOf(item: Item | undefined, what: string): readonly Item[] {
  if (Array.isArray(item)) return item
  throw new MalformedObjectError(`${what} should be a list`)
}

/** @throws {MalformedObjectError} unless they are bytes, of that length where one is given */
export function bytesOf(item: Item | undefined, what: string, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new MalformedObjectError(`${what} should be bytes`)
  if (length !== undefined && item.length !== length) {
    throw new MalformedObjectError(`${what} has ${item.length} bytes, expected ${length}`)
  }
  return item
}

/** @throws {MalformedObjectError} unless it is a number below 2^256 */
export function integerOf(item: Item | undefined, what: string): bigint {
  const bytes = bytesOf(item, what)
  if (bytes.length > 32) throw new MalformedObjectError(`${what} has ${bytes.length} bytes, expected at most 32`)
  return bytes.length === 0 ? 0n : BigInt(`0x${digitsOf(bytes)}`)
}

/** @throws {MalformedObjectError} unless it is a number below 2^53 */
export function smallIntegerOf(item: Item | undefined, what: string): number {
  const integer = integerOf(item, what)
  if (integer > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedObjectError(`${what} is ${integer}: too large`)
  return Number(integer)
}
