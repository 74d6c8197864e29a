/** What was not verified and must stay visible: blocks pivoted over, and blocks in dispute. Plain data. */
import type { Hex } from '../../chain/bytes.ts'

/** Blocks that were passed without being verified. Everything above rests on their signed headers alone. */
export interface SkippedMark {
  /** Numbers, both inclusive. */
  readonly from: number
  readonly to: number
  /** Of the last of them, on whose state root execution went on. */
  readonly hash: Hex
  readonly reason: string
}

/** A block that we compute to be invalid and that at least 2/3 of a committee signed, or built on. */
export interface DisputeMark {
  readonly number: number
  readonly hash: Hex
  readonly reason: string
}

export interface ImportMarks {
  /** Newest last; at most MAX_MARKS. */
  readonly skipped: readonly SkippedMark[]
  /** Of all times, also those that are no longer listed. */
  readonly skippedBlocks: number
  readonly pivots: number
  readonly disputes: readonly DisputeMark[]
}

export const NO_MARKS: ImportMarks = { skipped: [], skippedBlocks: 0, pivots: 0, disputes: [] }
