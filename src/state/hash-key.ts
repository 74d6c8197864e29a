/**
 * A hash as the key of a `Map`. Two bytes per UTF-16 unit: exact (no buckets that an attacker could fill), and measured
 * at 0.2 us against 2 us for hexadecimal digits. Never shown and never stored: such strings may hold lone surrogates.
 */
import { asHash } from '../chain/bytes.ts'
import type { Hash } from '../chain/bytes.ts'

export function hashKey(hash: Hash): string {
  return String.fromCharCode(
    unit(hash, 0),
    unit(hash, 2),
    unit(hash, 4),
    unit(hash, 6),
    unit(hash, 8),
    unit(hash, 10),
    unit(hash, 12),
    unit(hash, 14),
    unit(hash, 16),
    unit(hash, 18),
    unit(hash, 20),
    unit(hash, 22),
    unit(hash, 24),
    unit(hash, 26),
    unit(hash, 28),
    unit(hash, 30),
  )
}

/** The hash that {@link hashKey} made a key of. */
export function hashOfKey(key: string): Hash {
  const hash = asHash(new Uint8Array(32))
  for (let i = 0; i < key.length; i++) {
    const pair = key.charCodeAt(i)
    hash[2 * i] = pair >> 8
    hash[2 * i + 1] = pair & 0xff
  }
  return hash
}

function unit(hash: Uint8Array, at: number): number {
  return (hash[at]! << 8) | hash[at + 1]!
}
