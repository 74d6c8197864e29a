/**
 * How messages become bytes and back.
 *
 * RLP, because it is what the contents are made of: strictly canonical (equal messages have equal bytes, so an ETag or a
 * cache may compare bytes), read in place without copying, and a message says its own length in its first bytes, so that
 * a stream needs no frame around it. SSZ would need a schema library in every tab for the same; its merkleization, the
 * reason to have it, means nothing for bags of nodes.
 */
import { asAddress, asHash, type AddressBytes, type Hash } from '../../chain/bytes.ts'
import {
  isListAt,
  itemEnd,
  payloadStart,
  prefixSize,
  RlpError,
  stringSize,
  writeListPrefix,
  writeString,
} from '../../state/rlp.ts'
import { WireError } from './wire-error.ts'

/** Bytes, a whole number (big-endian without leading zeros), or a list of such. */
export type WireItem = Uint8Array | number | readonly WireItem[]

const HASH_BYTES = 32
/** Bytes of the largest whole number that a `number` holds. */
const INTEGER_BYTES = 7

/** @param head bytes before the item */
export function encodeItem(head: Uint8Array, item: WireItem): Uint8Array<ArrayBuffer> {
  // Sizes are wanted twice, by the parent's prefix and the item's own: kept in the order in which they are met.
  const sizes: number[] = []
  const size = measure(item, sizes)
  const bytes = new Uint8Array(head.length + size)
  bytes.set(head)
  write(bytes, head.length, item, sizes, { next: 0 })
  return bytes
}

/** Hashes as one string: a prefix for each would say nothing. */
export function packHashes(hashes: readonly Hash[]): Uint8Array {
  const packed = new Uint8Array(hashes.length * HASH_BYTES)
  for (const [index, hash] of hashes.entries()) packed.set(hash, index * HASH_BYTES)
  return packed
}

/** Absent is an empty list, present a list of one. */
export function optionalItem<T>(value: T | undefined, item: (value: T) => WireItem): WireItem {
  return value === undefined ? [] : [item(value)]
}

/**
 * Reads the items of one list in their order. What it gives are views into the message: who keeps a small part of a large
 * message copies it. Never allocates by a length that the message claims: only by items that are there.
 */
export class WireReader {
  #at: number

  /** @param what for errors: the message, and the part of it that this list is */
  private constructor(
    private readonly source: Uint8Array,
    start: number,
    private readonly end: number,
    private readonly what: string,
  ) {
    this.#at = start
  }

  /** Of the list that is all of `source` from `start` on. @throws {WireError} */
  static open(source: Uint8Array, start: number, what: string): WireReader {
    const outer = new WireReader(source, start, source.length, what)
    const list = outer.list('body')
    outer.close()
    return list
  }

  list(part: string): WireReader {
    const start = this.#at
    const end = this.#take(part)
    if (!isListAt(this.source, start)) this.fail(part, 'bytes where a list should be')
    return new WireReader(this.source, payloadStart(this.source, start), end, `${this.what}: ${part}`)
  }

  /** At most so many bytes. */
  bytes(part: string, most: number): Uint8Array {
    const start = this.#at
    const end = this.#take(part)
    if (isListAt(this.source, start)) this.fail(part, 'a list where bytes should be')
    const bytes = this.source.subarray(payloadStart(this.source, start), end)
    if (bytes.length > most) this.fail(part, `${bytes.length} bytes, at most ${most}`, 'limit')
    return bytes
  }

  hash(part: string): Hash {
    return asHash(this.#exactly(part, HASH_BYTES))
  }

  address(part: string): AddressBytes {
    return asAddress(this.#exactly(part, 20))
  }

  /** From 0 to `most`, at most 2^53 - 1. */
  integer(part: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const bytes = this.bytes(part, INTEGER_BYTES)
    if (bytes[0] === 0) this.fail(part, 'a number with a leading zero')
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
    if (!(value <= most)) this.fail(part, `${value}, at most ${most}`, 'limit')
    return value
  }

  /** A hash has 32 bytes and a number at most seven, so nothing need say which it is. */
  hashOrInteger(part: string): Hash | number {
    const { length } = new WireReader(this.source, this.#at, this.end, this.what).bytes(part, HASH_BYTES)
    return length === HASH_BYTES ? this.hash(part) : this.integer(part)
  }

  /** A list of at most so many byte strings, none of which is empty: nodes, codes, headers. */
  blobs(part: string, most: number): Uint8Array[] {
    return this.each(part, most, (list, inner) => {
      const blob = list.bytes(inner, Number.MAX_SAFE_INTEGER)
      if (blob.length === 0) list.fail(inner, 'empty')
      return blob
    })
  }

  /** Printable ASCII, as names and messages are. */
  text(part: string, most: number): string {
    const bytes = this.bytes(part, most)
    if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) this.fail(part, 'not printable ASCII')
    return String.fromCharCode(...bytes)
  }

  hashes(part: string, most: number): Hash[] {
    const packed = this.bytes(part, most * HASH_BYTES)
    if (packed.length % HASH_BYTES !== 0) this.fail(part, `${packed.length} bytes, no multiple of ${HASH_BYTES}`)
    const hashes: Hash[] = []
    for (let at = 0; at < packed.length; at += HASH_BYTES) hashes.push(asHash(packed.subarray(at, at + HASH_BYTES)))
    return hashes
  }

  /** A list of at most so many, each read by `read`. */
  each<T>(part: string, most: number, read: (list: WireReader, part: string) => T): T[] {
    const list = this.list(part)
    const items: T[] = []
    while (list.#at < list.end) {
      if (items.length === most) list.fail('', `more than ${most} items`, 'limit')
      items.push(read(list, `[${items.length}]`))
    }
    return items
  }

  optional<T>(part: string, read: (list: WireReader, part: string) => T): T | undefined {
    return this.each(part, 1, read)[0]
  }

  /** Nothing may be left. */
  close(): void {
    if (this.#at !== this.end) this.fail('', `${this.end - this.#at} bytes too many`)
  }

  fail(part: string, detail: string, fault: 'malformed' | 'limit' = 'malformed'): never {
    throw new WireError(fault, part === '' ? this.what : `${this.what}: ${part}`, detail)
  }

  #exactly(part: string, length: number): Uint8Array {
    const bytes = this.bytes(part, Number.MAX_SAFE_INTEGER)
    if (bytes.length !== length) this.fail(part, `${bytes.length} bytes, expected ${length}`)
    return bytes
  }

  /** Moves behind the next item and returns that place. */
  #take(part: string): number {
    if (this.#at >= this.end) this.fail(part, 'missing')
    try {
      this.#at = itemEnd(this.source, this.#at, this.end)
      return this.#at
    } catch (error) {
      if (error instanceof RlpError) this.fail(part, error.message)
      throw error
    }
  }
}

/** Of the encoded item; the payload sizes of lists go to `sizes`, parents before children. */
function measure(item: WireItem, sizes: number[]): number {
  if (typeof item === 'number') return stringSize(integerBytes(item))
  if (item instanceof Uint8Array) return stringSize(item)
  const place = sizes.push(0) - 1
  let size = 0
  for (const child of item) size += measure(child, sizes)
  sizes[place] = size
  return prefixSize(size) + size
}

function write(
  target: Uint8Array,
  at: number,
  item: WireItem,
  sizes: readonly number[],
  place: { next: number },
): number {
  if (typeof item === 'number') return writeString(target, at, integerBytes(item))
  if (item instanceof Uint8Array) return writeString(target, at, item)
  let end = writeListPrefix(target, at, sizes[place.next++]!)
  for (const child of item) end = write(target, end, child, sizes, place)
  return end
}

function integerBytes(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no whole number below 2^53`)
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.from(bytes)
}
