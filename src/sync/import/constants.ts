/** Bounds of importing blocks, each with its reason. */

/**
 * Blocks behind the head at which the client pivots (Trinity's MAX_BEAM_SYNC_LAG). At 12 s slots that is six minutes: far
 * from the {@link STATE_SERVING_WINDOW}, so that what is pivoted to can still be had, and long enough to come through a
 * server's restart without a gap.
 */
export const MAX_LAG = 30

/**
 * Blocks an ordinary node keeps state for (geth's path scheme; devp2p's snap serves as many). Past it a fetch can only
 * fail. As many verified blocks are kept, so that a reorganization finds the state of its common ancestor.
 */
export const STATE_SERVING_WINDOW = 128

/**
 * Blocks waiting with their bodies while earlier ones are executed (Trinity's BLOCK_IMPORT_QUEUE_SIZE): two and a half
 * times {@link MAX_LAG}, so that a caller who allows more lag still has a bound, and one who does not never meets it.
 */
export const MAX_QUEUED_PREVIEWS = 75

/** Bytes of those bodies: {@link MAX_LAG} mainnet blocks of 200 kB ten times over; blocks can have 10 MiB (EIP-7934). */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024

/** Previews that run at once (Trinity's NUM_PREVIEW_SHARDS): more would only take turns on the cores that there are. */
export const PREVIEWS_AT_ONCE = 4

/** Bodies fetched at once: eight cover a lag of {@link MAX_LAG} in four round trips. */
export const BODIES_AT_ONCE = 8

/** ms until a body or headers are given up and asked for anew; servers are changed far below that, after 1 s and 10 s. */
export const FETCH_LIMIT_MS = 30_000

/**
 * Nodes that one block may need. The largest mainnet witnesses have some 15,000; a block that is made to be expensive reads
 * 28,571 keys of eight nodes each (60 Mgas at 2,100 gas a read). As many hashes as the store takes for one block.
 */
export const MAX_BLOCK_NODES = 65_536

/** Bytes that fetching one block may take: fifteen times mainnet block 24,628,608, and less than the store's queue takes. */
export const MAX_BLOCK_FETCH_BYTES = 48 * 1024 * 1024

/**
 * ms from the start of a block's turn to its end, as slots of the chain: ten slots lost leave twenty of {@link MAX_LAG} for
 * catching up.
 */
export const BLOCK_TIME_SLOTS = 10

/** ms that a block may take at the least: chains of short slots run on machines that are no faster. */
export const MIN_BLOCK_TIME_MS = 60_000

/** ms until a block that could not be had is tried again, doubled each time up to {@link RETRY_DELAY_MAX_MS}. */
export const RETRY_DELAY_MIN_MS = 500

/** Just more than a slot: others may have brought what was missing. */
export const RETRY_DELAY_MAX_MS = 15_000

/**
 * Verified blocks whose records are still being written. Writing a mainnet block takes 0.2 s and executing it more, so that
 * a third in the queue means a disk that cannot follow; execution then waits instead of filling the memory.
 */
export const MAX_WAITING_RECORDS = 4

/** ms until a record counts as not kept: twice what one transaction of the store may take. */
export const RECORD_LIMIT_MS = 120_000

/** Blocks of the tree: the window twice, for branches, and what waits. Over it heads are not followed until finality prunes. */
export const MAX_TREE_BLOCKS = 512

/** Headers asked for in one request; more than the window is of use only while a dispute stands. */
export const HEADERS_AT_ONCE = 256

/** Headers followed back from a head in one search. */
export const MAX_SEARCHED_HEADERS = 1_024

/** Blocks that the status lists, newest first: what a page shows. */
export const STATUS_BLOCKS = 32

/** Moments remembered of each of those: some eight from announcement to record, more only where it is tried again and again. */
export const BLOCK_MOMENTS = 32

/** Pivots and marks kept to be shown; all are counted. */
export const MAX_MARKS = 64

/** Least ms between two tellings of the status: ten a second look live, and a burst of events costs one message. */
export const STATUS_INTERVAL_MS = 100
