/** Chance that is the same in every run. */

/** Park and Miller's generator: uniform in 0..1, good enough for tests. @param seed from 0 to 2^31 - 3 */
export function seededRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
