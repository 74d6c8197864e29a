/** What the page holds at most. */

/** The client refuses larger blocks; a tab that reads one into memory to learn that would be slower at saying it. In bytes. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024

/** Heads listed as they went by: two minutes and a half of mainnet, on one screen. */
export const MAX_RECENT_HEADS = 12

/** Executed blocks listed as they went by: as many as the client tells of. */
export const MAX_FEED_BLOCKS = 32

/** Of those shown before the visitor asks for all: what is below the feed stays in reach. */
export const FEED_ROWS_AT_FIRST = 8

/** Rows of a block's waterfall: a screen. A block that took more rounds of requests has the rest of them in one row. */
export const MAX_WATERFALL_ROWS = 40

/** Passed blocks and pivots listed; all are counted. */
export const MAX_LISTED_PIVOTS = 8

/**
 * Block rows on the page: twice what the store keeps of blocks (128), so that a whole store verified again fits beside what
 * was there. A row is thirty elements; the browser lays out 200 of them in a few milliseconds.
 */
export const MAX_BLOCK_ROWS = 256

/** Jobs that wait. As many as the store keeps blocks: more would push results off the page before anybody reads them. */
export const MAX_WAITING = 128

/** Clients that one job may begin on: a visitor who presses Follow and Stop faster than a block is read shall not hold it for ever. */
export const MAX_CLIENTS_PER_JOB = 5

/** Light-client runs on the page; each holds up to {@link MAX_UPDATE_ROWS} rows. */
export const MAX_CHAINS = 4

/** Updates shown per light-client run. A period lasts 27 hours: this is half a year; older ones are counted, not shown. */
export const MAX_UPDATE_ROWS = 160

/** Files of one light-client run. One file per period for as long as there are periods shown, and some heads. */
export const MAX_CHAIN_FILES = 256

/** Refusals shown at once; the rest are counted. */
export const MAX_REFUSALS = 5

/** Entries of the server's list that are offered. The shared recordings have some forty. */
export const MAX_LISTED = 512

/** Longest that closing a client may take before the page opens the next one without it, in ms: workers end in a few. */
export const CLOSE_TIME_LIMIT = 10_000

/** Longest that the server's list may take, in ms. It comes from the server that sent the page. */
export const LISTING_TIME_LIMIT = 10_000

/** Longest that a listed file may take, in ms: the largest allowed file at 2 MB/s. */
export const DOWNLOAD_TIME_LIMIT = 130_000

/** Servers of one kind: as many as the client takes. */
export const MAX_SERVERS = 32

/** Longest URL. Servers' own limits for what a request names begin at 8 KiB, with the path that is appended. */
export const MAX_URL_CHARACTERS = 2_048

/** Longest text of a settings field, typed, saved or in the address: all its URLs at their longest. */
export const MAX_FIELD_CHARACTERS = MAX_SERVERS * (MAX_URL_CHARACTERS + 1)

/** Largest network file: mainnet's has 2 KiB, a schedule of hundreds of blob limits some 20. In bytes. */
export const MAX_NETWORK_FILE_BYTES = 256 * 1024

/** Longest that a network file may take, in ms; it comes in one small response. */
export const NETWORK_FILE_TIME_LIMIT = 10_000

/** Networks whose settings are saved; the one followed longest ago is forgotten first. More are for nobody. */
export const MAX_SAVED_NETWORKS = 8
