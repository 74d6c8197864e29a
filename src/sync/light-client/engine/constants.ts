/** Bounds of bringing an execution client to the head. */

/**
 * Blocks that are walked back at most. A client that was away for a day (7,200 slots of mainnet) is brought forward block
 * by block; one that is further behind gets there by its own sync, which needs no more than the head.
 */
export const MAX_WALK = 8192

/** Bytes of transactions and access lists that are kept on the way back, so that they are not fetched again on the way forward. Mainnet payloads are about 150 kB. */
export const KEPT_PAYLOAD_BYTES = 64 * 1024 * 1024

/** Payloads fetched ahead of the one that is executed: a round trip is hidden behind a few executions, and memory stays small. */
export const PAYLOADS_AHEAD = 4

/** Blocks executed between two heads on the way forward: what a client that stops there has to do again. */
export const FORKCHOICE_INTERVAL = 32

/** Blocks in a row whose payload was not revealed, or not built upon (Gloas). More of them means that a server hides it. */
export const MAX_UNREVEALED = 64

/** ms until an execution client is called again that did not answer; doubles with each failure. */
export const RETRY_MIN_MS = 1_000

/** ms at most: a client that restarts takes about this long, and a head may be as late as two and a half slots then. */
export const RETRY_MAX_MS = 30_000
