/** Everything that is made up comes from a text, so that the same text makes the same chain in every run. */
import { sha256 } from '@noble/hashes/sha2.js'

/** 32 bytes that stand for something nobody looks into. */
export const seededBytes = (text: string): Uint8Array => sha256(new TextEncoder().encode(text))

/** Numbers from 0 (included) to 1 (excluded), one after the other. */
export function seededNumbers(text: string): () => number {
  const digest = seededBytes(text)
  // xorshift32 (Marsaglia 2003): a hash for each number would cost a second for each period of full committees.
  // Its state must not be 0.
  let state = new DataView(digest.buffer, digest.byteOffset).getUint32(0) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Whether something of this chance, from 0 to 1, happens; the same answer whenever it is asked about. */
export const happens = (chance: number, text: string): boolean =>
  chance > 0 && (chance >= 1 || new DataView(seededBytes(text).buffer).getUint32(0) < chance * 2 ** 32)
