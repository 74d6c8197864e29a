/** What both sides of the state service agree on besides the messages: names, and bounds that hold for every server. */

/** First byte of every message. Another shape of any message is another version. */
export const STATE_SERVICE_VERSION = 1

/** Below a gateway's URL. The path's version changes with the routes, the message's with the encoding. */
export const STATE_SERVICE_PATH = '/beamtab/state/v1'

/** Not `octet-stream`: a proxy or a wrong URL that answers with any other bytes is told from a state service. */
export const STATE_MEDIA_TYPE = 'application/vnd.beamtab.state+rlp'

/** Twice BLOCKHASH's reach (256), and with 600 bytes each about as large an answer as the largest of nodes. */
export const MAX_HEADERS = 512

/** As many nodes as Ethereum's own state sync asked for at a time (geth, eth/66); 12 kB of hashes. */
export const MAX_NODES = 384

/** Bytes of nodes in an answer: a request of {@link MAX_NODES} full branches (532 bytes) fits, with a quarter to spare. */
export const MAX_NODES_BYTES = 262_144

/** A block of 60 Mgas runs fewer codes than this on most days (geth's snap client asks for 64 to 128 at a time). */
export const MAX_CODES = 64

/** Bytes of codes in an answer: 42 of the largest that EIP-170 allows. */
export const MAX_CODES_BYTES = 1_048_576

/** Hashes that a GET may name; more go into a POST. With 70 characters each, far below any proxy's limit on addresses. */
export const MAX_GET_HASHES = 16

/**
 * Accounts and slots, counted alike, in a request for paths: what a block of 60 Mgas touches on average (603 accounts,
 * 1,682 slots; EIP-7928's figures), so that one or two requests fetch a block.
 */
export const MAX_PATH_KEYS = 2_048

/** Bytes of nodes in an answer of paths: the cold paths of {@link MAX_PATH_KEYS} keys of mainnet's state, shared parts once. */
export const MAX_PATHS_BYTES = 4_194_304

/** Bytes of keys and values in a range (snap/1 clients ask for 512 KiB at a time). */
export const MAX_RANGE_BYTES = 524_288

/** Nodes on two paths of 64 nibbles: more cannot be in a range's proof. */
export const MAX_RANGE_PROOF = 130

/** Leaves in a range: a slot's key with a value of one byte takes 33. */
export const MAX_RANGE_LEAVES = Math.ceil(MAX_RANGE_BYTES / 33) + 1

/** Of one block. RLP blocks are limited to 8 MiB from Osaka on (EIP-7934), and were never near it before. */
export const MAX_BLOCK_BYTES = 10_485_760

/** A transaction takes 21,000 gas (4,500 after EIP-2780), so these are more than 290 Mgas hold. */
export const MAX_RECEIPTS = 65_536

/** Logs cost 8 gas a byte: what 250 Mgas can make. */
export const MAX_RECEIPTS_BYTES = 33_554_432

/** EIP-7928: at most gas limit / 2000 items; 150 KB on average at 60 Mgas, and hardly a thirtieth of this at worst. */
export const MAX_ACCESS_LIST_BYTES = 10_485_760

/**
 * Of nodes, codes and headers in a witness. Mainnet's are 5 to 15 MB; the worst block of 60 Mgas would need 750 MB, which
 * no tab can hold: such a block is served by its parts.
 */
export const MAX_WITNESS_BYTES = 67_108_864

/** Nodes, or codes, or keys of a witness; real ones have some ten thousand nodes. */
export const MAX_WITNESS_ITEMS = 262_144

/** BLOCKHASH reaches back 256 blocks (EIP-2935 stores more, but those are read as state). */
export const MAX_ANCESTORS = 256

/** Names of what a server serves: room for more kinds than are known today. */
export const MAX_SERVED_NAMES = 64
export const MAX_NAME_BYTES = 32

/** Of an error's message. */
export const MAX_MESSAGE_BYTES = 1_024
