/** Blocks that came with all they need before their turn. */
import type { Hash } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import { PREVIEWS_AT_ONCE } from '../import/constants.ts'
import type { BlockCosts } from '../import/import-tools.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import type { Predicted } from '../state-fetch/fetch-and-execute.ts'

export interface PreparedBlock {
  readonly hash: Hash
  readonly fetch: BlockFetch
  readonly predicted: Predicted
  /** What has been told of its costs. */
  readonly told: BlockCosts
}

/** Always: at most {@link PREVIEWS_AT_ONCE}, each with a witness of some MB; the oldest is let go. */
export class PreparedBlocks {
  private readonly blocks = new Map<string, PreparedBlock>()

  put(block: PreparedBlock): void {
    this.blocks.set(hashKey(block.hash), block)
    for (const [oldest, { fetch }] of this.blocks) {
      if (this.blocks.size <= PREVIEWS_AT_ONCE) return
      this.blocks.delete(oldest)
      fetch.cancel(new Error('other blocks came with what they need meanwhile'))
    }
  }

  take(hash: Hash): PreparedBlock | undefined {
    const block = this.blocks.get(hashKey(hash))
    this.blocks.delete(hashKey(hash))
    return block
  }
}
