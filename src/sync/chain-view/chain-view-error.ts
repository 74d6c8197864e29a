/** Why the chain's view has no answer. Each says what was wanted and what to do. */

/** There is no head that answers may be given at: none is proven yet, it is too old, or it is in dispute. */
export class NoHeadError extends Error {
  override name = 'NoHeadError'
}

/** It exists, or may exist, and cannot be proven with what servers have. */
export class HistoryUnavailableError extends Error {
  override name = 'HistoryUnavailableError'
}

/** Nobody could be found who gives what is needed. */
export class SourceUnavailableError extends Error {
  override name = 'SourceUnavailableError'
}
