/** Times and bounds of HTTP requests, whatever is asked. */

/**
 * ms that a request may take, its body included. More than the ten seconds after which the scheduler gives up, which
 * then tells its modules; this bounds what is asked beside it: probes, polls, checkpoint sources.
 */
export const REQUEST_TIMEOUT_MS = 15_000

/** Bytes of an error's body that are read: JSON with a code and a message takes a few hundred. */
export const ERROR_BODY_MAX = 4_096

/** Characters of a server's own words that are passed on. Longer messages are stack traces. */
export const SAID_MAX = 200

/** Characters of a path and its query that an error shows: a proof's descriptor alone may take 4,000. */
export const SHOWN_PATH_MAX = 120

/** Longest URL of a server: what every browser and proxy takes. */
export const SERVER_URL_MAX = 2_048

/** ms a server is left alone that says 429 without saying how long. Most limits count requests a second or ten. */
export const RETRY_AFTER_DEFAULT_MS = 10_000

/**
 * ms for which it is remembered whether a server answers at all (see `connection-failure.ts`): a server that is down
 * would otherwise be asked twice for everything.
 */
export const REACHABILITY_MEMORY_MS = 60_000

/** Characters that a part of a URL needs to be blotted out of messages: no key is shorter, and `1` would blot out statuses. */
export const SECRET_MIN = 6
