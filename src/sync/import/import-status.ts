/** What importing is about, for a page and an API. Plain data: numbers, texts and hex. */
import type { Hex } from '../../chain/bytes.ts'
import type { StageTimes } from '../../execution/block/verification.ts'
import type { BlockCosts, BlockProblem } from './import-tools.ts'
import type { DisputeMark, SkippedMark } from './import-marks.ts'

export type ImportState =
  | 'pending'
  | 'fetching'
  | 'executing'
  | 'verified'
  /** Proven invalid, twice, by us. Nobody of a committee signed it that we know of. */
  | 'invalid'
  /** Invalid by the same proof, and signed by at least 2/3 of a committee. Nothing above it is called verified. */
  | 'disputed'
  /** Cannot be had now; tried again while it is wanted. */
  | 'unavailable'
  /** Not verified, and not going to be: see the reason. */
  | 'skipped'

export interface BlockStatus {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  /** Seconds since 1970, of its header. */
  readonly timestamp: number
  readonly state: ImportState
  /** Why, where the state needs a reason. */
  readonly reason: string | undefined
  /** What contradicts it, where it is invalid or in dispute; of a descendant, its ancestor's. */
  readonly problem: BlockProblem | undefined
  readonly costs: BlockCosts
  /** Of a verified block; undefined where the slow engine had to verify it. */
  readonly executed: ExecutionStats | undefined
  readonly times: BlockTimes
  /** Blocks behind the head when it was done; undefined before. */
  readonly lag: number | undefined
  readonly record: RecordState
}

/** What executing a block was. */
export interface ExecutionStats {
  readonly fork: string
  readonly transactions: number
  readonly gasUsed: number
  /** Trie nodes that executing it and counting its root read. */
  readonly nodes: number
  /** Transactions whose results had been found before their turn, and were taken. */
  readonly adopted: number
  readonly ms: StageTimes
}

/** What became of the record of a verified block. */
export type RecordState =
  | { readonly kind: 'none' }
  | { readonly kind: 'writing' }
  | { readonly kind: 'kept' }
  | { readonly kind: 'not-kept'; readonly reason: string }

/** ms since 1970 by the client's clock; undefined where it has not come to that. */
export interface BlockTimes {
  readonly announced: number
  /** Its body arrived. */
  readonly fetched: number | undefined
  /** Its turn began: its parent was done. */
  readonly started: number | undefined
  readonly ended: number | undefined
}

/** When a block came to a state, or its record was written. */
export interface BlockMoment {
  readonly what: ImportState | 'kept'
  /** ms since 1970 by the client's clock. */
  readonly at: number
}

export interface BlockName {
  readonly number: number
  readonly hash: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
}

export interface PivotStatus {
  /** ms since 1970. */
  readonly at: number
  readonly kind: PivotKind
  /** Newest block verified or trusted before. */
  readonly from: BlockName | undefined
  /** The block whose signed header's state execution goes on from. */
  readonly to: BlockName
  /** Blocks that stay unverified for it. */
  readonly skipped: number
  readonly reason: string
}

export type PivotKind =
  /** The first head: execution begins at its parent's state. */
  | 'start'
  | 'lag'
  | 'state-gone'
  | 'over-cap'
  /** The head does not descend from what is kept. */
  | 'gap'
  | 'reorganization'

export interface ImportTotals {
  readonly verified: number
  readonly invalid: number
  readonly disputed: number
  readonly skipped: number
  /** Attempts that ended as unavailable. */
  readonly unavailable: number
  readonly reorganizations: number
  /** Blocks that the fast engine called invalid and the slow one did not: defects of ours. */
  readonly overturned: number
  /** Summed over all tasks of all blocks. */
  readonly costs: Omit<BlockCosts, 'source'>
}

export interface ImportStatus {
  /** The newest head that is followed. */
  readonly head: BlockName | undefined
  /** The newest block of the head's branch that is verified. */
  readonly verified: BlockName | undefined
  /** Every block after it is executed, up to {@link verified}: RPC's "executed since". */
  readonly anchor: BlockName | undefined
  readonly lag: { readonly blocks: number; readonly seconds: number }
  /** Newest first. */
  readonly blocks: readonly BlockStatus[]
  readonly totals: ImportTotals
  /** Newest last; `count` counts all, those of earlier sessions too. */
  readonly pivots: { readonly count: number; readonly latest: readonly PivotStatus[] }
  readonly skipped: { readonly count: number; readonly marks: readonly SkippedMark[] }
  /** Loud: while there is one, nothing above it is called verified. */
  readonly disputes: readonly DisputeMark[]
  /** Why the head is not followed; undefined when it is. */
  readonly stopped: string | undefined
  /** Blocks fetched or prepared before their turn, and verified ones whose records are being written. */
  readonly waiting: { readonly previews: number; readonly bytes: number; readonly records: number }
}
