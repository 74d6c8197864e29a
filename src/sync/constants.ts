/** Times, counts and bounds of the request framework. Where they equal those of geth's `beacon/light/request`, years on mainnet stand behind them. */

/** ms after which a request may also be sent elsewhere. Near-all answers of a public beacon node take less (geth's value). */
export const SOFT_TIMEOUT_MS = 1_000

/** ms after which a request has failed: as long as beacon nodes let a request run, and less than a slot (geth's value). */
export const HARD_TIMEOUT_MS = 10_000

/** Requests at once to a server we know nothing of: enough to hide one round trip behind another (geth's value). */
export const PARALLEL_AT_START = 3

/** The same for content-addressed requests: small, many, each proven alone; as many as a browser's HTTP/1.1 connections to a host. */
export const PARALLEL_CONTENT_AT_START = 6

/** Added by each success at full load: ten successes prove room for one more (geth's value). */
export const PARALLEL_UP = 0.1

/** Taken by each soft timeout: backing off is ten times as fast as growing (geth's value). */
export const PARALLEL_DOWN = 1

/** A server is never given up by its limit alone: with none at once it could not prove itself again. */
export const PARALLEL_MIN = 1

/** A third of what an HTTP/2 server allows by default (100 streams), so that other tabs and pages find room too. Bounds requests in flight. */
export const PARALLEL_MAX = 32

/** Servers at once. A page names a handful and finds a few dozen peers; times {@link PARALLEL_MAX} it bounds requests in flight. */
export const MAX_SERVERS = 64

/** ms a server is left alone after its first failure: a restarting proxy is back by then (geth's value). */
export const FAILURE_DELAY_MIN_MS = 100

/** Longest such delay, in ms: doubling gets there with the eleventh failure, and a server that is back is found within a minute (geth's value). */
export const FAILURE_DELAY_MAX_MS = 60_000

/** ms for which a server may ask to be left alone (`Retry-After`). Longer would let one answer switch it off for the day. */
export const ANNOUNCED_PAUSE_MAX_MS = 600_000

/**
 * ms between two deliveries of one server's news; of what comes in between, the newest of each kind is kept. A slot brings
 * three or four (head, optimistic, finality) within a second; ten deliveries a second from each of 64 servers is harmless.
 */
export const NEWS_INTERVAL_MS = 100

/**
 * Rounds without a pause for the thread's timers and messages. Real changes settle within a handful; a module that
 * triggers itself for ever, or a server that answers from memory, must not freeze the thread.
 */
export const MAX_ROUNDS_WITHOUT_PAUSE = 100
