/**
 * Strict RLP read in place: positions into the encoded bytes instead of copies, because a block's trie work reads a few
 * items of thousands of nodes. Only the canonical form is accepted (yellow paper, appendix B): shortest length prefix,
 * a single byte below 0x80 stands for itself, nothing after the last item.
 */

/** What is wrong with the bytes; whoever knows where they came from wraps it in an error that says so. */
export class RlpError extends Error {
  override name = 'RlpError'
}

/** Lengths above four bytes cannot be in memory, so a claim of one is refused before any arithmetic on it. */
const MAX_LENGTH_BYTES = 4

/** True when the item at `at` is a list, false when it is a string. */
export function isListAt(bytes: Uint8Array, at: number): boolean {
  return byteAt(bytes, at) >= 0xc0
}

/** Where the payload of the item at `at` starts: `at` itself for a single byte. @throws {RlpError} */
export function payloadStart(bytes: Uint8Array, at: number): number {
  const prefix = byteAt(bytes, at)
  if (prefix < 0x80) return at
  if (prefix < 0xb8) return at + 1
  if (prefix < 0xc0) return at + 1 + prefix - 0xb7
  if (prefix < 0xf8) return at + 1
  return at + 1 + prefix - 0xf7
}

/**
 * Where the item at `at` ends (the position after it), at most `limit`.
 * @throws {RlpError} when the prefix is not canonical or the item runs past `limit`
 */
export function itemEnd(bytes: Uint8Array, at: number, limit: number): number {
  const prefix = byteAt(bytes, at)
  const end = prefix < 0x80 ? at + 1 : payloadStart(bytes, at) + payloadLength(bytes, at, prefix, limit)
  if (end > limit) throw new RlpError(`item at byte ${at} ends at ${end}, past its container's end at ${limit}`)
  if (prefix === 0x81 && byteAt(bytes, at + 1) < 0x80) {
    throw new RlpError(`item at byte ${at} is a single byte below 0x80 with a length prefix`)
  }
  return end
}

/**
 * Checks that `bytes` are one list and nothing else; returns where its first item starts.
 * @throws {RlpError}
 */
export function enterList(bytes: Uint8Array): number {
  if (bytes.length === 0) throw new RlpError('no bytes at all')
  if (!isListAt(bytes, 0)) throw new RlpError(`expected a list, found a string (first byte 0x${hexByte(bytes[0]!)})`)
  const end = itemEnd(bytes, 0, bytes.length)
  if (end !== bytes.length) throw new RlpError(`${bytes.length - end} bytes after the end of the list`)
  return payloadStart(bytes, 0)
}

/** Encoded size of a string. */
export function stringSize(value: Uint8Array): number {
  if (value.length === 1 && value[0]! < 0x80) return 1
  return prefixSize(value.length) + value.length
}

/** Size of the prefix of a list or of a string that needs one. */
export function prefixSize(length: number): number {
  if (length < 56) return 1
  return 1 + lengthBytes(length)
}

/** Writes a string at `at`, returns the position after it. */
export function writeString(target: Uint8Array, at: number, value: Uint8Array): number {
  if (value.length === 1 && value[0]! < 0x80) {
    target[at] = value[0]!
    return at + 1
  }
  const start = writePrefix(target, at, 0x80, value.length)
  target.set(value, start)
  return start + value.length
}

/** Writes a list's prefix at `at`, returns the position of its first item. */
export function writeListPrefix(target: Uint8Array, at: number, length: number): number {
  return writePrefix(target, at, 0xc0, length)
}

function writePrefix(target: Uint8Array, at: number, base: number, length: number): number {
  if (length < 56) {
    target[at] = base + length
    return at + 1
  }
  const count = lengthBytes(length)
  target[at] = base + 55 + count
  for (let i = 0; i < count; i++) target[at + 1 + i] = Math.floor(length / 2 ** (8 * (count - 1 - i))) & 0xff
  return at + 1 + count
}

function payloadLength(bytes: Uint8Array, at: number, prefix: number, limit: number): number {
  const base = prefix < 0xc0 ? 0x80 : 0xc0
  if (prefix - base < 56) return prefix - base
  const count = prefix - base - 55
  if (count > MAX_LENGTH_BYTES) throw new RlpError(`item at byte ${at} claims a length of ${count} bytes`)
  if (at + 1 + count > limit) throw new RlpError(`item at byte ${at} is cut off within its length`)
  let length = 0
  for (let i = 1; i <= count; i++) length = length * 256 + byteAt(bytes, at + i)
  if (bytes[at + 1] === 0 || length < 56) throw new RlpError(`item at byte ${at} has a length that is not canonical`)
  return length
}

function lengthBytes(length: number): number {
  if (length < 0x100) return 1
  if (length < 0x10000) return 2
  return length < 0x1000000 ? 3 : 4
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RlpError(`cut off at byte ${at}`)
  return byte
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
