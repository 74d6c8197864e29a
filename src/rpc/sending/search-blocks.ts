/** Looks for a transaction in the blocks of the chain, from the newest down to one at which it was in none. */
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import type { Ask } from '../../sync/chain-view/evidence.ts'
import { MAX_SEARCHED } from './constants.ts'

export interface Search {
  readonly view: ChainView
  /** As a block has it. */
  readonly encoded: Uint8Array
  /** In this block and those before it is none of the transaction, while it is in the chain. */
  readonly floor: RawHeader
  readonly head: RawHeader
}

export type SearchResult =
  | { readonly kind: 'found'; readonly header: RawHeader }
  /** Every block that could have it was looked through. */
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'not-all' }

/** @throws what the chain's view throws */
export async function searchBlocks({ view, encoded, floor, head }: Search, ask: Ask): Promise<SearchResult> {
  const isOnChain = view.isCanonical(floor) && floor.number <= head.number
  const distance = isOnChain ? head.number - floor.number : MAX_SEARCHED + 1
  for (let searched = 0, header = head; searched < distance; searched++) {
    if (searched >= MAX_SEARCHED || header.number === 0) return { kind: 'not-all' }
    const { transactions } = await view.block(header, ask)
    if (transactions.some((transaction) => equalBytes(transaction, encoded))) return { kind: 'found', header }
    const [parent] = await view.ancestors(header, 1, ask)
    if (parent === undefined) return { kind: 'not-all' }
    header = parent
  }
  return { kind: 'nowhere' }
}
