/** The bounds of the store, each with its reason. */

/**
 * Most bytes kept, unless the opener says otherwise. A mainnet block brings up to 1.8 MB of nodes and 1.4 MB of codes
 * (block 24,628,608), so that 128 blocks which share nothing fit in 430 MB; and the index of that many contents takes
 * 40 to 80 MB of memory, which a tab can afford and a multiple of which it cannot.
 */
export const DEFAULT_MAX_BYTES = 512 * 1024 * 1024

/**
 * A full page. IndexedDB writes large values at 57 MB/s and small records at 17,000 a second: 256 KiB is about 780 nodes
 * of 335 bytes, so a block of 5,000 nodes is 7 pages. Larger ones would gain little and cost more per stray read.
 */
export const PAGE_BYTES = 256 * 1024

/** A last page below this is filled up, and so written again, by the next write; one above is left as it is. */
export const SEAL_BYTES = 64 * 1024

/** Pages kept in memory: what the last ten mainnet blocks brought, where the next one reads most. */
export const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024

/** Page bytes read in one go: a bag of nodes scattered over many pages must not hold them all at once. */
export const READ_AHEAD_BYTES = 8 * 1024 * 1024

/** Hashes in one read. The largest mainnet witnesses have some 15,000 nodes. */
export const MAX_READ_HASHES = 65_536

/** One node, code or header. Code is 24 KiB by EIP-170 and 256 KiB in the boldest proposals; nodes have 532 bytes. */
export const MAX_CONTENT_BYTES = 1024 * 1024

/** Bytes waiting for their transaction: a dozen blocks. Whoever puts more without waiting has stopped listening. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024

/** Calls waiting for their transaction. Same reason; protects from very many very small puts. */
export const MAX_QUEUED_WRITES = 16_384

/** Bytes that share one transaction: under a second of writing at 57 MB/s, so that a small put does not wait long. */
export const MAX_TRANSACTION_BYTES = 32 * 1024 * 1024

/** Blocks kept with their witness metadata, as deep as ordinary nodes serve state (geth's path scheme). */
export const MAX_BLOCKS = 128

/** RLP of a block. EIP-7934 allows 10 MiB; before it gas allowed little more. */
export const MAX_BLOCK_BYTES = 16 * 1024 * 1024

/** RLP of a header: 560 to 680 bytes today. What is larger is none. */
export const MAX_HEADER_BYTES = 16 * 1024

/** Receipts of one block: 60 Mgas of log data at 8 gas a byte are 7.5 MB. */
export const MAX_RECEIPTS_BYTES = 16 * 1024 * 1024

/** Accounts and slots that one block writes: 20,700 at 2,900 gas each in 60 Mgas. */
export const MAX_WRITES = 65_536

/** What importing remembers: a few hundred lines. */
export const MAX_MARKS_BYTES = 256 * 1024

/**
 * What was learned of accesses: some 50 bytes a key, so the 20,000 keys that the last dozen mainnet blocks used. It is
 * written anew every few blocks, which makes a megabyte as much as anybody would want to write for a hint.
 */
export const MAX_ACCESS_PATTERNS_BYTES = 1024 * 1024

/** Hashes in one block's witness metadata, as for one read. */
export const MAX_WITNESS_HASHES = MAX_READ_HASHES

/** BLOCKHASH reaches 256 blocks back (yellow paper, appendix H). */
export const MAX_ANCESTORS = 256

/** Keys of one table at once: pages of 64 KiB and more in the largest database that anybody opens (64 GiB). */
export const MAX_TABLE_KEYS = 1_048_576

/** Updates kept: 1,024 periods are 3.2 years on mainnet, and a chain is trusted anew after 3,532 epochs (14 periods). */
export const MAX_UPDATES = 1_024

/** SSZ of a bootstrap or an update: 24.6 kB for the 512 keys, about 1 kB for the rest. Ten times that. */
export const MAX_LIGHT_CLIENT_BYTES = 256 * 1024

/** Parts of `maxBytes` that stay after an eviction: 7 of 8, so that the index is swept once per eighth and not per page. */
export const KEEP_AFTER_EVICTION = 7 / 8

/** Opening ends after this, in milliseconds: an old tab that does not let go, or a browser that does not answer. */
export const OPEN_TIMEOUT_MS = 10_000

/** One transaction ends after this, in milliseconds; 32 MiB take half a second where the disk is well. */
export const TRANSACTION_TIMEOUT_MS = 60_000

/** Part of `maxBytes` that block records may take: a mainnet record with its receipts and writes has 0.5 to 1 MB. */
export const BLOCKS_SHARE = 1 / 4

/**
 * Part of `maxBytes` that contents may take which listed blocks need. With the other shares it makes a whole, so that
 * everything else can go and the next put still fits. 128 mainnet blocks that share what blocks share need some 150 MB.
 */
export const PINNED_SHARE = 3 / 8

/** Part of `maxBytes` that the light client's records may take: 60 periods are 1.5 MB; the lowest periods go. */
export const LIGHT_CLIENT_SHARE = 1 / 8

/** Part of `maxBytes` that one put may take, so that with the shares above everything fits after removing pages. */
export const LARGEST_SHARE = 1 / 4

/** The smallest store: below four full pages, eviction would take everything at once. */
export const MIN_MAX_BYTES = 1024 * 1024

/** Part of the origin's quota for one network: databases need room to rewrite themselves, and the page has other data. */
export const QUOTA_SHARE = 1 / 2
