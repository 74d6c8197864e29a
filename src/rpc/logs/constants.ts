/** Bounds on what one query for logs may take. */

/** Blocks whose receipts are asked of servers: with eight at a time and 100 ms each, a quarter of a minute. */
export const MAX_FETCHED_BLOCKS = 1_000
/** Bytes that servers would probably send: a minute at 13 Mbit/s, and what a metered connection can bear once. */
export const MAX_FETCHED_BYTES = 100_000_000
/** Headers that are looked through: as far as hashes of blocks are proven by a state (EIP-2935); 5 MB where all are fetched. */
export const MAX_HEADERS = 8_192
/** As servers of execution have it; what is more is seldom what was meant, and 5 MB of JSON. */
export const MAX_LOGS = 10_000
/** Receipts that are fetched at once: servers answer so many beside each other, and a tab's connection is full with less. */
export const LANES = 8
/** Headers between two looks at whether somebody else has something to do: some three milliseconds' work. */
export const HEADERS_AT_ONCE = 256
/** Queries that are begun again because the chain has changed meanwhile. Reorganizations come once an hour, not twice a minute. */
export const MAX_ATTEMPTS = 3
