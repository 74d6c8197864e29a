/** The one error of the store; its kind says what happened and its message what to do. */

export type StoreErrorKind =
  /** An argument breaks the contract; nothing was written. */
  | 'invalid-input'
  /** One put is larger than the store may become. */
  | 'too-large'
  /** More is waiting to be written than is kept in memory: await earlier puts. */
  | 'overloaded'
  /** This one write did not land; the store goes on. */
  | 'write-failed'
  /** This one read failed; the store goes on. */
  | 'read-failed'
  /** The disk or the origin's share of it is full. Ends writing. */
  | 'quota'
  /** The database was deleted while open. Ends writing. */
  | 'deleted'
  /** Newer code wants the database. Ends writing. */
  | 'superseded'
  /** The browser closed the database. Ends writing. */
  | 'lost'
  /** `close()` was called. */
  | 'closed'
  /** The database was written by newer code than this. Not opened. */
  | 'newer-schema'
  /** Older code holds the database open. Not opened. */
  | 'blocked'
  /** There is no usable database here. Not opened. */
  | 'unavailable'

export class StoreError extends Error {
  override name = 'StoreError'
  constructor(
    readonly kind: StoreErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Whether no later write can succeed on this connection. */
export function endsWriting(error: StoreError): boolean {
  return ['quota', 'deleted', 'superseded', 'lost', 'closed'].includes(error.kind)
}
