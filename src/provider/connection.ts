/** Whether the node can answer reads, and what a dapp is told when that changes: every transition is here. */
import { CLOSE_CODES } from './provider-rpc-error.ts'

export type Connection =
  /** There has been no head yet; `reason` where the node said why. */
  | { readonly kind: 'waiting'; readonly reason: string | undefined }
  | { readonly kind: 'ready' }
  /** There was a head, and it is of no use now. */
  | { readonly kind: 'stale'; readonly reason: string }
  /** For good. */
  | { readonly kind: 'closed'; readonly reason: string }

export type ConnectionCause =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'lost'; readonly reason: string }

export type ConnectionEvent =
  { readonly kind: 'connect' } | { readonly kind: 'disconnect'; readonly code: number; readonly reason: string }

export interface Transition {
  readonly connection: Connection
  /** Undefined where a dapp sees no difference. */
  readonly event: ConnectionEvent | undefined
}

export const NOT_CONNECTED: Connection = { kind: 'waiting', reason: undefined }

/**
 * A closed connection stays closed, and says so once, whether it was connected before or not: a dapp that waits for
 * `connect` must learn that none will come. A dapp that never saw `connect` is told nothing of a head that came too old.
 */
export function transition(from: Connection, cause: ConnectionCause): Transition {
  if (from.kind === 'closed') return { connection: from, event: undefined }
  switch (cause.kind) {
    case 'ready':
      return { connection: { kind: 'ready' }, event: from.kind === 'ready' ? undefined : { kind: 'connect' } }
    case 'stale':
      return from.kind === 'waiting'
        ? { connection: { kind: 'waiting', reason: cause.reason }, event: undefined }
        : { connection: { kind: 'stale', reason: cause.reason }, event: staleEvent(from, cause.reason) }
    case 'closed':
      return closed('the client is closed; start another with createBeamtab', CLOSE_CODES.normal)
    case 'lost':
      return closed(`the node is gone: ${cause.reason}; start another client`, CLOSE_CODES.lost)
  }
}

/** Being stale for another reason is no second disconnection. */
function staleEvent(from: Connection, reason: string): ConnectionEvent | undefined {
  return from.kind === 'ready' ? { kind: 'disconnect', code: CLOSE_CODES.tryAgainLater, reason } : undefined
}

function closed(reason: string, code: number): Transition {
  return { connection: { kind: 'closed', reason }, event: { kind: 'disconnect', code, reason } }
}
