/** What the scheduler runs, and what it tells them. */
import type {
  LoadClass,
  ModuleNews,
  RequestError,
  RequestKind,
  RequestOf,
  ResponseOf,
} from '../network/request-server.ts'
import type { Environment, ServerHandle } from './environment.ts'
import type { Signal } from './signal.ts'

/**
 * One task of syncing. It usually holds references to the structures that it fills, and to nothing of the network.
 *
 * In its turn it adds what has arrived to its structures, then starts the requests whose responses it could add. Where
 * that lets others (or itself) do more, it fires the signal of the structure. It never waits in its turn: what takes
 * long runs elsewhere and ends by firing a signal.
 */
export interface Module {
  readonly name: string
  /** It also gets a turn when one of these was fired. */
  readonly triggers: readonly Signal[]
  /**
   * @param environment for this call only
   * @param events since the last turn, in the order they happened; empty where a signal was the reason
   */
  process(environment: Environment, events: readonly ModuleEvent[]): void
}

export type ModuleEvent = ServerEvent | RequestEvent

/** About a server, told to every module. */
export type ServerEvent =
  /** The first event of a server. */
  | { readonly kind: 'registered'; readonly server: ServerHandle }
  /** It had no room for requests of this class, or was left alone after a failure, and takes one again. */
  | { readonly kind: 'available'; readonly server: ServerHandle; readonly load: LoadClass }
  /** Unproven, as all that servers say. */
  | { readonly kind: 'news'; readonly server: ServerHandle; readonly news: ModuleNews }
  /** The last event of a server, after the failures of its requests. */
  | { readonly kind: 'unregistered'; readonly server: ServerHandle }

/** About a request, told to the module that sent it. */
export type RequestEvent =
  /** It passed the soft timeout and may be sent elsewhere too; its response or failure is still to come. At most once. */
  (SentRequest & { readonly kind: 'late' }) | FinalEvent

/** The last event of a request: each gets exactly one. */
export type FinalEvent = (SentResponse & { readonly kind: 'response' }) | FailureEvent

export type FailureEvent = SentRequest & { readonly kind: 'failure'; readonly failure: RequestFailure }

/** Counted up from 1 by each scheduler. */
export type RequestId = number

/** A request on its way; checking `of` gives `request` its type. */
export type SentRequest<K extends RequestKind = RequestKind> = {
  [P in K]: { readonly id: RequestId; readonly server: ServerHandle; readonly of: P; readonly request: RequestOf<P> }
}[K]

/** The same with its response: one that has its request's type, and is unproven. */
export type SentResponse<K extends RequestKind = RequestKind> = {
  [P in K]: SentRequest<P> & { readonly response: ResponseOf<P> }
}[K]

export type RequestFailure =
  /** The server or the way to it. */
  | { readonly kind: 'error'; readonly error: RequestError }
  /** No answer within the hard timeout. */
  | { readonly kind: 'timeout'; readonly ms: number }
  /** The server was unregistered. */
  | { readonly kind: 'unregistered' }
