/** What goes wrong between us and an execution client. */

/** JSON-RPC error code of a method that the execution client does not have (execution-apis, `engine/common.md`). */
export const METHOD_NOT_FOUND = -32601

export type EngineFault =
  /** No connection, no answer in time, or an HTTP status that is none of its own. */
  | { readonly code: 'unreachable' }
  /** It does not take our token: another secret, or clocks more than 60 s apart. */
  | { readonly code: 'unauthorized' }
  /** It lacks the method that the block's fork asks for: it is older than the fork. */
  | { readonly code: 'outdated' }
  /** It answered with another JSON-RPC error. */
  | { readonly code: 'refused'; readonly rpcCode: number }
  /** An answer that is not of this method's form. */
  | { readonly code: 'malformed' }

/** An execution client did not do what it was asked. `fault` is the reason to act on; the message says what was asked, of whom, and what came. */
export class EngineError extends Error {
  override name = 'EngineError'
  constructor(
    readonly fault: EngineFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
