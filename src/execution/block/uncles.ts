/**
 * Uncles (ommers) of a proof-of-work block: at most two, each a valid header that stands beside the chain, not on it, and
 * is counted once (Yellow Paper 11.1; the rewards are in rewards.ts). Their own proof of work is not checked, as the block's.
 */
import type { Hash } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { RawHeader } from './raw-block.ts'

export type UncleCheck =
  /** Every uncle is what it should be. */
  | { readonly kind: 'complete' }
  /** Nothing is wrong, but ancestors are missing that an uncle has to be compared with. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'broken'; readonly problem: string }

export interface Kin {
  readonly block: Pick<RawHeader, 'number' | 'parentHash'>
  readonly uncles: readonly RawHeader[]
  /** The parent first; as many as are known. */
  readonly ancestors: readonly RawHeader[]
  /** Hashes of the uncles that the ancestors included; undefined where nobody knows. */
  readonly included: readonly Hash[] | undefined
  /** What is wrong with an uncle's header, by itself and after its parent's where that is known; undefined if nothing. */
  readonly headerProblem: (uncle: RawHeader, parent: RawHeader | undefined) => string | undefined
}

/** Yellow Paper, equation 174: |B_U| <= 2. */
const MAX_UNCLES = 2
/** The same section: an uncle's parent is an ancestor of at most this distance. */
const MAX_GENERATION = 7

/** Ancestors whose own uncles have to be given as {@link Kin.included}. */
export const UNCLE_MEMORY = MAX_GENERATION - 1

/**
 * What can be told without ancestors is checked whatever is known of them, the number above all: the reward is counted
 * from it (Yellow Paper 11.3), and a number far above the block's would mint any amount.
 */
export function checkUncles({ block, uncles, ancestors, included, headerProblem }: Kin): UncleCheck {
  if (uncles.length === 0) return { kind: 'complete' }
  if (uncles.length > MAX_UNCLES) return broken(`the block has ${uncles.length} uncles; at most ${MAX_UNCLES}`)
  const near = ancestors.slice(0, MAX_GENERATION)
  const knowsAll = near.length === MAX_GENERATION || near.at(-1)?.number === 0
  const parent = hashKey(block.parentHash)
  const known = new Set([parent, ...near.map(({ hash }) => hashKey(hash)), ...(included ?? []).map(hashKey)])
  let unknownParent = false
  for (const [index, uncle] of uncles.entries()) {
    const key = hashKey(uncle.hash)
    if (known.has(key)) return broken(`uncle ${index} is an ancestor, or was counted before`)
    known.add(key)
    if (hashKey(uncle.parentHash) === parent) return broken(`uncle ${index} is the block's brother`)
    const rank = numberProblem(uncle, block)
    if (rank !== undefined) return broken(`uncle ${index} ${rank}`)
    const distance = near.findIndex(({ hash }) => hashKey(hash) === hashKey(uncle.parentHash))
    if (distance < 0 && knowsAll)
      return broken(`uncle ${index} has no parent among the last ${MAX_GENERATION} ancestors`)
    unknownParent ||= distance < 0
    const problem = headerProblem(uncle, near[distance])
    if (problem !== undefined) return broken(`uncle ${index}: ${problem}`)
  }
  return { kind: knowsAll && included !== undefined && !unknownParent ? 'complete' : 'incomplete' }
}

/** Yellow Paper 11.1: an uncle is a child of the block's second to seventh ancestor; and no genesis block is one. */
function numberProblem({ number }: RawHeader, block: Kin['block']): string | undefined {
  const [low, high] = [Math.max(1, block.number - MAX_GENERATION + 1), block.number - 1]
  if (number >= low && number <= high) return undefined
  return `has number ${number}; an uncle of block ${block.number} has one from ${low} to ${high}`
}

function broken(problem: string): UncleCheck {
  return { kind: 'broken', problem }
}
