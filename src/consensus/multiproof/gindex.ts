/**
 * Generalized indices (consensus-specs, `ssz/merkle-proofs.md`): 1 is the root, the children of n are 2n and 2n + 1.
 * They are `bigint` here: a path from a state through its history to a payload is 64 levels deep, past what a `number` counts.
 */
import { MultiproofError } from './multiproof-error.ts'

export type Gindex = bigint

/**
 * Levels a proof may be deep. The deepest that is read here, from a Gloas state through its historical summaries to
 * the block hash in a body, is 64; twice that leaves room for a second walk. It bounds every recursion over a proof.
 */
export const MAX_PROOF_DEPTH = 128

export type Turn = 'left' | 'right'

/**
 * The way from the root down to the node.
 * @throws {MultiproofError} badGindex, tooDeep
 */
export function gindexPath(gindex: Gindex): Turn[] {
  if (gindex < 1n) throw new MultiproofError({ code: 'badGindex', gindex })
  const path = Array.from(gindex.toString(2).slice(1), (bit): Turn => (bit === '0' ? 'left' : 'right'))
  requireDepth(path.length)
  return path
}

/** concat_generalized_indices: the first index leads to a subtree, the second lies in it, and so on. */
export function concatGindices(...gindices: readonly Gindex[]): Gindex {
  return gindices.reduce((outer, inner) => {
    const depth = BigInt(gindexPath(inner).length)
    return (outer << depth) | (inner - (1n << depth))
  }, 1n)
}

/** The index of an element among the `count` (a power of two) leaves of its subtree. */
export const leafGindex = (count: number, index: number): Gindex => BigInt(count) + BigInt(index)

/** @throws {MultiproofError} tooDeep */
export function requireDepth(depth: number): void {
  if (depth > MAX_PROOF_DEPTH) throw new MultiproofError({ code: 'tooDeep', depth, limit: MAX_PROOF_DEPTH })
}
