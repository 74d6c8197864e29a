/** What comes into importing, and what it tells as it happens. */
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { StatelessBlockJson } from '../../execution/stateless-block-file.ts'
import type { BlockStatus, PivotStatus } from './import-status.ts'
import type { BlockProblem } from './import-tools.ts'

export interface ImportHead {
  readonly hash: Hash
  /** `signed`: by at least 2/3 of a committee that is proven. */
  readonly standing: 'signed' | 'unsigned'
}

export type ImportEvent =
  /** Its state changed, or its record was written. */
  | { readonly kind: 'block'; readonly block: BlockStatus }
  /** The newest verified block of the head's branch is another one. */
  | { readonly kind: 'latest'; readonly header: RawHeader }
  | { readonly kind: 'pivot'; readonly pivot: PivotStatus }
  /** Invalid or in dispute, or descends from such a one; the bundle proves it where it is the first of them. */
  | { readonly kind: 'refused'; readonly block: BlockStatus; readonly bundle: StatelessBlockJson | undefined }
  /** The fast engine called it invalid, the slow one verified it: a defect of ours. */
  | { readonly kind: 'overturned'; readonly block: BlockStatus; readonly problem: BlockProblem }
