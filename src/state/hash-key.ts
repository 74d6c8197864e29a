/**
 * A hash as the key of a `Map`. Two bytes per UTF-16 unit: exact (no buckets that an attacker could fill), and measured
 * at 0.2 us against 2 us for hexadecimal digits. Never shown and never stored: such strings may hold lone surrogates.
 */
export function hashKey(hash: Uint8Array): string {
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

function unit(hash: Uint8Array, at: number): number {
  return (hash[at]! << 8) | hash[at + 1]!
}
