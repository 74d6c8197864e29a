/** Times and bounds of the Engine API. */

/**
 * ms to wait for `newPayload` and `forkchoiceUpdated`, which answer when a block is executed. A consensus client must wait
 * 8 s and may wait longer (execution-apis). @ethereumjs/client takes 8.1 s where it turns away from a sync of its own;
 * after a slot of mainnet there is another head to be told.
 */
export const EXECUTION_TIMEOUT_MS = 12_000

/** ms for calls that only look something up. The specification gives a second; a client that just started takes longer. */
export const LOOKUP_TIMEOUT_MS = 5_000

/** Bytes of an answer. The longest, a block with the hashes of its transactions, takes 1 MB for 300 Mgas of transfers. */
export const ANSWER_MAX = 4 * 1024 * 1024

/** Characters of the execution client's own words that are passed on: enough for "invalid merkle root (remote: … local: …)". */
export const SAID_MAX = 300
