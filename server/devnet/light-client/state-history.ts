/** The roots of past blocks that a beacon state keeps: `block_roots`, and `historical_summaries` since Capella. */
import { findForkAtSlot, isAtLeast } from '../../../src/chain/beacon-config.ts'
import type { PresetName } from '../../../src/chain/beacon-preset.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import { merkleBranch } from '../../../src/consensus/multiproof/merkle-node.ts'
import { seededBytes } from './seeded.ts'
import { fillLeaves, leaf, uint64Leaf, zeroTree } from './sparse-tree.ts'

/** SLOTS_PER_HISTORICAL_ROOT of the presets, as a power of two. */
const VECTOR_DEPTH: Readonly<Record<PresetName, number>> = { mainnet: 13, minimal: 6 }

/** HISTORICAL_ROOTS_LIMIT, as a power of two. */
const SUMMARIES_DEPTH = 24

/** Always: trees of the depths above. A block's root in them has its block below it. */
export interface StateHistory {
  readonly blockRoots: MerkleNode
  readonly summaries: MerkleNode
  readonly summaryCount: number
}

export const emptyHistory = (network: Network): StateHistory => ({
  blockRoots: zeroTree(VECTOR_DEPTH[network.preset.name]),
  summaries: zeroTree(SUMMARIES_DEPTH),
  summaryCount: 0,
})

/**
 * process_slot from a block's slot up to, not including, that of the next: the root of each of those slots is the block's.
 * @param block its tree
 */
export function historyAfter(
  network: Network,
  history: StateHistory,
  block: { readonly slot: number; readonly tree: MerkleNode },
  nextSlot: number,
): StateHistory {
  const depth = VECTOR_DEPTH[network.preset.name]
  const size = 2 ** depth
  let after = history
  for (let from = block.slot; from < nextSlot;) {
    const start = Math.floor(from / size) * size
    const to = Math.min(start + size, nextSlot)
    const blockRoots = fillLeaves(after.blockRoots, depth, from - start, to - start, block.tree)
    after = { ...after, blockRoots }
    if (to === start + size) after = summarized(network, after, start)
    from = to
  }
  return after
}

/** process_historical_summaries_update, when the vector from `start` on is full. */
function summarized(network: Network, history: StateHistory, start: number): StateHistory {
  const size = 2 ** VECTOR_DEPTH[network.preset.name]
  const first = firstSummary(network)
  const index = Math.floor(start / size) - first
  if (index < 0) return history
  const summary = merkleBranch(history.blockRoots, leaf(seededBytes(`state roots from ${start}`)))
  return {
    ...history,
    summaries: fillLeaves(history.summaries, SUMMARIES_DEPTH, index, index + 1, summary),
    summaryCount: index + 1,
  }
}

/** The first vector that is full in Capella or later. */
function firstSummary(network: Network): number {
  const fork = network.forks.find(({ name }) => isAtLeast(name, 'capella'))
  if (fork === undefined) return Infinity
  return Math.floor((fork.epoch * network.preset.slotsPerEpoch) / 2 ** VECTOR_DEPTH[network.preset.name])
}

/** The list as a field of the state: its contents and its length. Undefined before Capella. */
export function summariesField(network: Network, slot: number, history: StateHistory): MerkleNode | undefined {
  const fork = findForkAtSlot(network, slot)
  if (fork === undefined || !isAtLeast(fork.name, 'capella')) return undefined
  return merkleBranch(history.summaries, uint64Leaf(history.summaryCount))
}
