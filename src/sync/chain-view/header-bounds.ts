/** How far each way to an older header goes, in blocks. */
export interface HeaderBounds {
  /** Up to so far below what is known, parents are fetched one after the other rather than anything proven. */
  readonly quickWalk: number
  /** Parents that are walked for one question where nothing proves a block that is nearer. */
  readonly walk: number
  /** Below the head, as far as the history contract of its state is asked for hashes. */
  readonly contract: number
}

/** EIP-2935: HISTORY_SERVE_WINDOW. */
export const HISTORY_WINDOW = 8_191

/** A quick walk is two requests of 64 headers at most; a whole one serves short chains from before EIP-2935. */
export const HEADER_BOUNDS: HeaderBounds = { quickWalk: 128, walk: 4_096, contract: HISTORY_WINDOW }
