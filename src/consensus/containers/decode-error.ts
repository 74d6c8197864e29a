/** What can be wrong with light-client bytes before any proof is looked at. */
export type DecodeFault =
  'truncated' | 'trailingBytes' | 'unknownForkDigest' | 'unsupportedFork' | 'wrongFork' | 'malformed'

/** Says which object, where in its file, what was expected and what came. */
export class DecodeError extends Error {
  override name = 'DecodeError'
  constructor(
    readonly fault: DecodeFault,
    /** The object, such as `update 12 at byte 322488`. */
    readonly what: string,
    detail: string,
  ) {
    super(`${what}: ${detail}`)
  }
}
