/** What a long run came to. */
import type { FollowerFacts } from './follower.ts'

export interface SoakSample {
  /** Blocks verified so far. */
  readonly verified: number
  readonly heapBytes: number
}

/** Blocks behind the head that a client may come to be where it keeps up: one is executed while the next one is told. */
export const MAX_SOAK_LAG = 2

/**
 * Bytes by which the heap grew with each block, by the line of least squares through the second half of the samples: in the
 * first one caches fill. Undefined where that half has fewer than two different numbers of blocks.
 */
export function heapGrowthPerBlock(samples: readonly SoakSample[]): number | undefined {
  const half = samples.slice(Math.floor(samples.length / 2))
  const blocks = mean(half.map(({ verified }) => verified))
  const bytes = mean(half.map(({ heapBytes }) => heapBytes))
  let [products, squares] = [0, 0]
  for (const { verified, heapBytes } of half) {
    products += (verified - blocks) * (heapBytes - bytes)
    squares += (verified - blocks) ** 2
  }
  return squares === 0 ? undefined : products / squares
}

/** What a run must not be; empty where all is well. @param stalls periods between two samples in which nothing was verified */
export function soakProblems(facts: FollowerFacts, stalls: number): string[] {
  const { hasCaughtUp, lagMax, pivots, bad } = facts
  const [, ...later] = pivots
  return [
    ...(hasCaughtUp ? [] : ['it never came to the head']),
    ...(lagMax > MAX_SOAK_LAG ? [`it was ${lagMax} blocks behind, more than ${MAX_SOAK_LAG}`] : []),
    ...later.map((kind) => `it went on at another block: ${kind}`),
    ...(stalls > 0 ? [`nothing was verified in ${stalls} of the periods`] : []),
    ...bad,
  ]
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
