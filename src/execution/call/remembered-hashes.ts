/** Block hashes that are asked for elsewhere, each once. */
import type { Hash } from '../../chain/bytes.ts'
import type { MaybePromise } from '../../state/flat-reader.ts'

/**
 * A hash that has come is answered at once from then on: BLOCKHASH is begun again after it has waited, and would wait for ever
 * otherwise. One that could not be had is asked for again. Lives as long as one call; there are 256 to ask for.
 */
export function rememberedHashes(ask: (number: number) => Promise<Hash>): (number: number) => MaybePromise<Hash> {
  const known = new Map<number, MaybePromise<Hash>>()
  return (number) => {
    const before = known.get(number)
    if (before !== undefined) return before
    const asked = ask(number).then(
      (hash) => {
        known.set(number, hash)
        return hash
      },
      (error: unknown) => {
        known.delete(number)
        throw error
      },
    )
    known.set(number, asked)
    return asked
  }
}
