/** Where a block and the headers before it come from. */
import type { Hash } from '../../chain/bytes.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'

export type BlockSelector =
  { readonly kind: 'number'; readonly number: number } | { readonly kind: 'hash'; readonly hash: Hash }

export interface BlockSource {
  /** Its hash is the one asked for, or that of the header which the server has at that number. */
  block(selector: BlockSelector): Promise<RawBlock>
  /** RLP, newest first, beginning with the header of that hash; contiguous. At least one, at most `count`. */
  headers(from: Hash, count: number): Promise<readonly Uint8Array[]>
}
