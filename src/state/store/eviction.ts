/** Chooses what goes to make room: the oldest pages, as far as they hold what no listed block needs. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { decodeBlock, type EncodedBlock } from './block-record.ts'
import type { ContentPages, KindedContent } from './content-pages.ts'
import { contentsOf, type KeptBlocks } from './kept-blocks.ts'
import { PINNED_SHARE } from './limits.ts'
import { PinnedContents } from './pinned-contents.ts'

/** What goes, and what of it has to be laid elsewhere. */
export interface Eviction {
  readonly pages: ReadonlySet<number>
  readonly rescued: readonly KindedContent[]
  /** Blocks that are listed no longer. */
  readonly dropped: readonly Hash[]
}

export const NO_EVICTION: Eviction = { pages: new Set(), rescued: [], dropped: [] }

export interface Evictable {
  readonly contents: ContentPages
  readonly blocks: KeptBlocks
  readonly network: string
  readonly keccak: Keccak
  /** Of the whole store. */
  readonly maxBytes: number
}

/**
 * What listed blocks need of the pages that go moves on to the newest. Reads every listed block's record, which 64 MiB of
 * new contents (an eighth of the default) pay for once.
 * @param excess bytes of pages to remove @param incoming blocks that are about to be listed
 * @throws {StoreError}
 */
export async function chooseEviction(
  { contents, blocks, network, keccak, maxBytes }: Evictable,
  excess: number,
  incoming: readonly EncodedBlock[],
): Promise<Eviction> {
  const pinned = new PinnedContents()
  const locate = (hash: Hash) => contents.locate(hash)
  for (const { hash, record } of incoming) {
    const block = decodeBlock(record, hash, network, keccak)
    if (block !== undefined) pinned.add(contentsOf(block), locate)
  }
  const dropped: Hash[] = []
  for await (const { hash, contents: needed } of blocks.needs()) {
    // The older ones follow: a chain with a hole in it is of no use.
    if (dropped.length > 0 || !pinned.add(needed, locate, maxBytes * PINNED_SHARE)) dropped.push(hash)
  }
  const pages = contents.oldest(excess, pinned)
  return { pages, rescued: await contents.rescue(pages, pinned), dropped }
}
