/** Bounds of handing transactions over. */

/** Bytes of a transaction without blobs: geth's txMaxSize, which other pools have too. */
export const MAX_TRANSACTION_BYTES = 131_072

/** Bytes with blobs: 9 of 128 KiB (EIP-7691) with a proof for each of their 128 cells are 1.3 MB. */
export const MAX_BLOB_TRANSACTION_BYTES = 1_572_864

/** Servers that a transaction is handed to at once: one may sit on it, and each of them learns whose it is. */
export const RECIPIENTS = 3

/** Transactions that are kept in sight: more than a page sends in a day; the oldest are forgotten. */
export const MAX_SENT = 128

/** Bytes of them all: a dozen with as many blobs as one may have. */
export const MAX_SENT_BYTES = 16_777_216

/** Blocks until one that is in none is handed over again, twice as many each time: most are in one of the next two. */
export const RESEND_AFTER = 5

/** As {@link RESEND_AFTER}, of one that nobody said to have taken: with the next head. */
export const RESEND_UNTAKEN_AFTER = 1
/** Blocks after which it is handed over no more: a day of mainnet's slots. */
export const RESEND_UNTIL = 7_200

/** Bodies that are looked through at once for a transaction whose sender has gone on; with more, servers are asked where. */
export const MAX_SEARCHED = 32
/** Blocks in which the use of a nonce is looked for, by halves: five proofs. One tab takes over from another within seconds. */
export const NONCE_LOOKBACK = 32
/** ms for looking whether a transaction with a used nonce is in a block: some trips, of servers of which one may be silent. */
export const LOOK_LIMIT_MS = 30_000
/** ms for all that is checked before a transaction is handed over: what is handed over is answered within a request's time. */
export const CHECK_LIMIT_MS = 60_000
