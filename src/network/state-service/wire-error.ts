/** Bytes that are no message of the state service. */

export type WireFault =
  /** The first byte is another version than ours: one side is older. */
  | 'version'
  /** A message, but not the one that belongs here. */
  | 'kind'
  /** Not the encoding of anything: cut off, not canonical, of another shape. */
  | 'malformed'
  /** Well-formed so far, and more than the protocol allows. */
  | 'limit'

/** Says which part of which message, and what is wrong with it. */
export class WireError extends Error {
  override name = 'WireError'
  constructor(
    readonly fault: WireFault,
    /** Such as `nodes request: hashes`. */
    readonly what: string,
    detail: string,
  ) {
    super(`${what}: ${detail}`)
  }
}
