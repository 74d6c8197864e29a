/** Blocks that came with all they need before their turn. */
import type { Hash } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import { PREVIEWS_AT_ONCE } from '../import/constants.ts'
import type { BlockCosts } from '../import/import-tools.ts'
import { MAX_BLOCK_BYTES } from '../state-fetch/constants.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import type { Predicted } from '../state-fetch/fetch-and-execute.ts'

export interface PreparedBlock {
  readonly hash: Hash
  readonly fetch: BlockFetch
  readonly predicted: Predicted
  /** What has been told of its costs. */
  readonly told: BlockCosts
}

/** Bytes that they may hold together: as much as one block may, and a dozen times what mainnet's usually do. */
const MAX_BYTES = MAX_BLOCK_BYTES

/** Always: at most {@link PREVIEWS_AT_ONCE} of at most {@link MAX_BYTES}, or one; the oldest is let go. */
export class PreparedBlocks {
  private readonly blocks = new Map<string, PreparedBlock>()

  put(block: PreparedBlock): void {
    this.blocks.set(hashKey(block.hash), block)
    for (const [oldest, { fetch }] of this.blocks) {
      if (this.blocks.size <= PREVIEWS_AT_ONCE && (this.blocks.size === 1 || this.bytes() <= MAX_BYTES)) return
      this.blocks.delete(oldest)
      fetch.cancel(new Error('other blocks came with what they need meanwhile'))
    }
  }

  private bytes(): number {
    return [...this.blocks.values()].reduce((sum, { fetch }) => sum + fetch.heldBytes, 0)
  }

  take(hash: Hash): PreparedBlock | undefined {
    const block = this.blocks.get(hashKey(hash))
    this.blocks.delete(hashKey(hash))
    return block
  }
}
