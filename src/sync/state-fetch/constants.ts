/** Times, counts and bounds of fetching state. Soft and hard timeouts are those of all requests (`sync/constants.ts`). */

/** ms after which an urgent answer is late: another server is asked too, and later ones from the start (Trinity's value). */
export const URGENT_LATE_MS = 400

/** Items up to which a request counts as a single urgent fault: larger ones are bound by bandwidth, and copies would cost it. */
export const URGENT_ITEMS = 16

/** Servers asked at once beyond the first, at most: the third copy seldom comes first, and each costs its server as much. */
export const MAX_SPREAD = 2

/** ms after which the spread is one less (Trinity's value): a slow spell of a server lasts for minutes. */
export const SPREAD_DECAY_MS = 120_000

/** ms that a server is asked last after an answer in which everything was lacking (Trinity's NON_IDEAL_RESPONSE_PENALTY). */
export const LACKED_PAUSE_MS = 2_000

/** ms after which what all servers lacked is asked for once more, where execution waits for it: a new state spreads in about as long. */
export const LACKED_AGAIN_MS = 1_000

/** ms that false data excludes a server the first time; doubled each time, up to {@link EXCLUSION_MAX_MS}. */
export const EXCLUSION_MIN_MS = 60_000

/** An hour: damage on the way is repaired by then, and a liar costs one request an hour. */
export const EXCLUSION_MAX_MS = 3_600_000

/** Times that a fault is asked for: what execution waits for once more, {@link LACKED_AGAIN_MS} later. */
export const TRIES = { must: 2, try: 1 } as const

/** Times that a block waits for what others fetch before it counts as tried: more than blocks that are previewed at once. */
export const MAX_SHARED_WAITS = 8

/** Failures of one request, over all servers, until it is given up: with 1 % lost replies, one request in 10^12. */
export const MAX_FAILURES = 6

/** ms without anything new until a fetch is given up: two hard timeouts. Blocks have bounds of their own. */
export const WORK_LIMIT_MS = 20_000

/** Requests that wait for a server or are under way, over all blocks. More is refused: somebody asks without end. */
export const MAX_PARCELS = 4_096

/** Of those, what questions leave to following the chain: more than the blocks under way at once send, and a quarter. */
export const SYNC_PARCELS = 1_024

/** Requests to one server that following the chain may have under way where all its places are taken: a block, and what it lacks. */
export const SYNC_REQUESTS = 2

/** ms that a server of which nothing is known is expected to take: it is tried before one known to be slow, not before a fast one. */
export const UNKNOWN_LATENCY_MS = 100

/** Share of the way to the newest measurement: about the last five decide. */
export const MEASURE_STEP = 0.2

/** Items in a request to even the slowest server: fewer would cost more in round trips than they save. */
export const MIN_BATCH = 16

/** Bytes of content kept in memory for all blocks; about twelve mainnet blocks of 5 MB. */
export const MEMORY_BYTES = 67_108_864

/**
 * Contents under way for all blocks together: as many as one block may need (see the import's caps), for two blocks.
 * Questions have half of it at most.
 */
export const MAX_IN_FLIGHT = 131_072

/** Bytes that one block may hold, a witness included: a stateless block's bound. Over it the block is given up. */
export const MAX_BLOCK_BYTES = 134_217_728

/**
 * Fetches for one block. A block of 60 Mgas can read 28,571 keys cold (2,100 gas each), each some eight nodes deep. Each
 * fetch brings what it was for, or is the last.
 */
export const MAX_FETCHES = 262_144

/** Layers in the walk down to given keys: 64 nibbles of an account's path, and 64 of a slot's. */
export const MAX_WALK = 130

/**
 * Codes in a request: so many of the largest that EIP-170 allows (24 KiB) fit in one answer of the state service, so that
 * none has to be asked for again.
 */
export const CODES_AT_ONCE = 42

/**
 * Codes in a batch of `eth_getCode`: as hex, so many of the largest come to 6.3 MB, which is below what an answer may have, and
 * ordinary ones of 8 KiB to 2 MB, as a batch of proofs has. Fewer at once would keep other requests of the same trip from going out.
 */
export const ACCOUNT_CODES_AT_ONCE = 128

/** Keys in a request for paths: a mainnet path brings some 2 kB beside those asked with it, so that an answer is not cut off. */
export const PATHS_AT_ONCE = 1_024

/**
 * Keys in a batch of proofs: 6 kB each as JSON (measured on mainnet block 24628608), 2.3 MB in all, which comes within the soft
 * timeout at 20 Mbit/s. Smaller ones are more requests than a server is sent at once, and the rest is one trip later.
 */
export const PROOFS_AT_ONCE = 384

/** Calls in a batch for `eth_createAccessList`: geth's limit on batches, and more than a block of 21 Mgas in transfers has. */
export const CALLS_AT_ONCE = 1_000

/** ms that hints are waited for: they save round trips, and after ten of those they have saved none. */
export const HINTS_LIMIT_MS = 2_000

/** Accounts that a visit's questions name, that are told apart from others: those of the largest portfolio pages, many times. */
export const MAX_OWN_ACCOUNTS = 4_096

/**
 * ms that the server that knows of an account is waited for before another is told of it: three soft timeouts, so that one
 * slow answer does not, and not so long that people give the page up.
 */
export const OWN_LATE_MS = 3_000

/**
 * ms for which a server that let one wait so long counts as one that does not work, where accounts of the visit's own are
 * asked about: what else waits for it would wait as long, a few at a time. A hung server costs one such wait in a minute.
 */
export const OWN_SILENCE_MS = 60_000

/** Accounts that one is asked about with: each costs its proof again (some 4 kB on mainnet), a fourth hides little more. */
export const DECOYS = 3

/** Such accounts in one request, at most: with more accounts of the user's in it than eight, those hide each other as well. */
export const MAX_DECOYS = 24

/** Hashes of nodes, and of codes, that are taken from a list that nothing proves: what one block may need (see the import's caps). */
export const MAX_METADATA_HASHES = 65_536

/** Accounts and slots that hints may name for one block: a block of 60 Mgas reads 28,571 at most (2,100 gas each). */
export const MAX_HINTED_KEYS = 65_536
