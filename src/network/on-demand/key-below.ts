/** Keys whose hashes begin as wanted, found by trying. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { Nibbles } from '../../state/trie/nibbles.ts'

/**
 * Hashes tried at most: about 75 seconds at 0.9 M/s, and four times what six nibbles take on average. Six nibbles are
 * deeper than most branches of a trie of a million keys.
 */
const MAX_TRIES = 1 << 26

/** Hashes between two turns of the thread: some ten ms. A server has others to serve meanwhile. */
const HASHES_A_TURN = 8_192

/**
 * Gives the thread away every few ms.
 * @param length bytes of the key
 * @param signal ends the search
 * @returns undefined where none was found
 * @throws the signal's reason
 */
export async function keyBelow(
  path: Nibbles,
  length: number,
  keccak: Keccak,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const tries = Math.min(MAX_TRIES, 16 ** path.length * TRIES_PER_KEY)
  const key = new Uint8Array(length)
  const counter = new DataView(key.buffer, length - 4)
  // Where even this leaves hardly a chance, the time is better saved.
  if (16 ** path.length > MAX_TRIES) return undefined
  for (let i = 0; i < tries; i++) {
    if (i % HASHES_A_TURN === HASHES_A_TURN - 1) {
      await new Promise((resolve) => void setTimeout(resolve))
      signal.throwIfAborted()
    }
    counter.setUint32(0, i)
    if (beginsWith(keccak(key) as Hash, path)) return key
  }
  return undefined
}

/** With so many times as many tries as there are places, one in e^8 searches fails. */
const TRIES_PER_KEY = 8

function beginsWith(hash: Hash, path: Nibbles): boolean {
  for (let i = 0; i < path.length; i++) {
    const byte = hash[i >> 1]!
    if ((i % 2 === 0 ? byte >> 4 : byte & 0x0f) !== path[i]) return false
  }
  return true
}
