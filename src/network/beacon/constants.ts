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

/** Bytes of `/eth/v1/config/spec`: some 200 settings in 10 kB, and a blob schedule that grows. */
export const SPEC_MAX = 262_144

/** Bytes of SSZ of a block or of an envelope (consensus-specs: MAX_PAYLOAD_SIZE, the most that is ever sent uncompressed). */
export const MAX_PAYLOAD_SIZE = 10_485_760

/** What an update's `Accept` says. Every browser sends it without asking leave. */
export const ACCEPT_SSZ_OR_JSON = 'application/octet-stream;q=1.0,application/json;q=0.9'
export const ACCEPT_SSZ = 'application/octet-stream'
export const ACCEPT_JSON = 'application/json'
