/** Paths of the trie as nibbles, one per byte, and the compact ("hex prefix") form they have inside nodes. */
import { RlpError } from '../rlp.ts'

export type Nibbles = Uint8Array

export const NO_NIBBLES: Nibbles = new Uint8Array(0)

export function toNibbles(key: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(key.length * 2)
  for (let i = 0; i < key.length; i++) {
    const byte = key[i]!
    nibbles[2 * i] = byte >> 4
    nibbles[2 * i + 1] = byte & 0x0f
  }
  return nibbles
}

/** The inverse of {@link toNibbles}. The number of nibbles must be even. */
export function fromNibbles(nibbles: Nibbles): Uint8Array {
  const key = new Uint8Array(nibbles.length / 2)
  for (let i = 0; i < key.length; i++) key[i] = (nibbles[2 * i]! << 4) | nibbles[2 * i + 1]!
  return key
}

/** How many nibbles of `path` equal those of `key` from `from` on. */
export function commonLength(path: Nibbles, key: Nibbles, from: number): number {
  const limit = Math.min(path.length, key.length - from)
  let length = 0
  while (length < limit && path[length] === key[from + length]) length++
  return length
}

export function joinNibbles(...parts: readonly Nibbles[]): Nibbles {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Shorter first on a common prefix, otherwise by the first nibble that differs. */
export function compareNibbles(a: Nibbles, b: Nibbles): number {
  const limit = Math.min(a.length, b.length)
  for (let i = 0; i < limit; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!
  }
  return a.length - b.length
}

/** Flags of the compact form's first nibble (yellow paper, appendix C). */
const ODD = 1
const TERMINATES = 2

/** Compact form: flags, then the nibbles two per byte. */
export function toCompact(path: Nibbles, kind: 'leaf' | 'extension'): Uint8Array {
  const odd = path.length % 2
  const compact = new Uint8Array((path.length >> 1) + 1)
  compact[0] = ((kind === 'leaf' ? TERMINATES : 0) + (odd === 1 ? ODD : 0)) << 4
  if (odd === 1) compact[0] |= path[0]!
  for (let i = odd; i < path.length; i += 2) compact[(i + 2 - odd) >> 1] = (path[i]! << 4) | path[i + 1]!
  return compact
}

/**
 * Kind of node that a compact path belongs to.
 * @throws {RlpError} when the flags or the padding are not ones that an encoder writes
 */
export function compactKind(first: number | undefined): 'leaf' | 'extension' {
  if (first === undefined) throw new RlpError('a compact path without flags')
  const flags = first >> 4
  if (flags > (ODD | TERMINATES)) throw new RlpError(`a compact path with flags 0x${flags.toString(16)}`)
  if ((flags & ODD) === 0 && (first & 0x0f) !== 0) throw new RlpError('a compact path whose padding is not zero')
  return (flags & TERMINATES) === 0 ? 'extension' : 'leaf'
}

/** Nibbles of the compact path in `bytes[start, end)`, whose flags {@link compactKind} accepted. */
export function fromCompact(bytes: Uint8Array, start: number, end: number): Nibbles {
  const first = bytes[start]!
  const odd = (first >> 4) & ODD
  const path = new Uint8Array(2 * (end - start - 1) + odd)
  if (odd === 1) path[0] = first & 0x0f
  for (let i = start + 1, at = odd; i < end; i++, at += 2) {
    const byte = bytes[i]!
    path[at] = byte >> 4
    path[at + 1] = byte & 0x0f
  }
  return path
}
