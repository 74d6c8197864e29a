/** Bounds and moments of talking to a beacon node over REST. */

/** Updates that one request may ask for (consensus-specs: MAX_REQUEST_LIGHT_CLIENT_UPDATES). */
export const MAX_REQUEST_LIGHT_CLIENT_UPDATES = 128

/**
 * JSON of an object is at most so many times its SSZ: two hex digits a byte, four characters around every key of a
 * committee, and the indentation that some servers add. Recorded answers reach 2.5.
 */
export const JSON_PER_SSZ = 4

/** Bytes for what is around an object: `{version, data}`, names of fields. */
export const JSON_FRAME = 8_192

/** Bytes of JSON of a header, of the genesis and the like: they take less than a thousand. */
export const SMALL_JSON_MAX = 16_384

/** Bytes of SSZ of a block or of an envelope (consensus-specs: MAX_PAYLOAD_SIZE, the most that is ever sent uncompressed). */
export const MAX_PAYLOAD_SIZE = 10_485_760

/** What an update's `Accept` says. Every browser sends it without asking leave. */
export const ACCEPT_SSZ_OR_JSON = 'application/octet-stream;q=1.0,application/json;q=0.9'
export const ACCEPT_SSZ = 'application/octet-stream'
export const ACCEPT_JSON = 'application/json'

/**
 * Characters of one server-sent event. A finality update in JSON takes 6,000; an event of twenty times that is not one of
 * those that were asked for.
 */
export const EVENT_MAX = 131_072

/**
 * Bytes of an event stream in one slot. A slot brings one head, one optimistic and at times a finality update, 12 kB in
 * all, twice that in a reorganisation; forty times that is a flood.
 */
export const EVENT_BYTES_PER_SLOT = 1_048_576

/** Events of one connection that may be unreadable. One can be a new fork's; a stream full of them is no beacon node's. */
export const MALFORMED_EVENTS_MAX = 16

/** Slots without a byte after which a stream counts as stalled: of three slots in a row at least one has a block. */
export const STALL_SLOTS = 3

/** Least ms of the same: two of the keep-alive comments that servers send every 15 s, where slots are short. */
export const STALL_MIN_MS = 30_000

/** ms before the first attempt to connect again: a server that restarts takes longer, a proxy that cut an idle stream does not. */
export const RECONNECT_MIN_MS = 1_000

/** Most ms between attempts, doubling: polling goes on meanwhile, so nothing is lost but a few seconds a slot. */
export const RECONNECT_MAX_MS = 60_000

/** ms after which a server that has no event stream is asked again: it takes another version or another proxy. */
export const STREAM_RETRY_MS = 600_000

/**
 * ms after which a server that says it is of another network is asked once more, before it is left alone for as long as
 * one without a stream: a bit that flipped on the way, or a proxy that has just moved, costs seconds then, not minutes.
 */
export const NETWORK_RECHECK_MS = 5_000

/**
 * Share of a slot between the moment its committee signs and a poll for what it signed: blocks arrive and are imported
 * within this time after it, so that one question is enough.
 */
export const POLL_MARGIN = 0.1

/** Share of a slot over which polls of many clients spread after that, by chance. */
export const POLL_JITTER = 0.1

/**
 * Least ms that a poll may take, where slots are shorter: an answer of some kB over a bad mobile network. Two polls of
 * Gnosis, which has slots of 5 s, are at least 4.5 s apart.
 */
export const POLL_MIN_MS = 4_000

/** Most ms a timer is set for: well below the 2^31 ms that timers hold, and the clock may be set meanwhile. */
export const TIMER_MAX_MS = 3_600_000

/** ms after a poll in which another is not worth it: on a start the first poll and the stream's opening fall together. */
export const POLL_GAP_MS = 2_000

/**
 * Polls after a checkpoint is said to be finalized until one brings its finality update, where no event does. Its block is
 * signed in the next slot; more only where blocks are missed.
 */
export const FINALITY_POLLS = 4
