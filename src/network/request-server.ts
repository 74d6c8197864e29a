/** What requests are sent to: a beacon node, a gateway, another tab. The transports implement this; `sync/` times and limits them. */
import type { Hash, Root } from '../chain/bytes.ts'
import type { DecodedUpdate } from '../consensus/containers/decode.ts'
import type { CarriedPayload } from '../consensus/containers/execution-payload.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../consensus/containers/light-client-objects.ts'
import type { BeaconBlockHeader } from '../consensus/containers/ssz-types.ts'
import type { UncheckedMultiproof } from '../consensus/multiproof/multiproof.ts'
import type { ProofFormat } from '../consensus/multiproof/proof-format.ts'

/**
 * What each kind of request asks and what comes back. A response is decoded and of bounded size, nothing more: whoever
 * asked proves it before use. (beacon-APIs, light client and header endpoints.)
 */
export interface RequestKinds {
  bootstrap: { request: { readonly blockRoot: Root }; response: LightClientBootstrap }
  /** Consecutive periods from the earliest in range that the server holds; it may hold fewer than asked. */
  updates: { request: { readonly startPeriod: number; readonly count: number }; response: readonly DecodedUpdate[] }
  finalityUpdate: { request: LatestRequest; response: LightClientUpdate }
  optimisticUpdate: { request: LatestRequest; response: LightClientUpdate }
  /** The header hashes to the root; what is said beside it is the server's word. */
  headerByRoot: { request: { readonly blockRoot: Root }; response: KnownHeader }
  /** Of the chain that the server holds canonical. A slot without a block is `absent`, which proves nothing. */
  headerBySlot: { request: { readonly slot: number }; response: KnownHeader }
  /** What a block before Gloas carries for execution. */
  blockPayload: { request: { readonly blockRoot: Root }; response: CarriedPayload }
  /** The payload that was revealed for a block of Gloas or later; absent where it was withheld. */
  payloadEnvelope: { request: { readonly blockRoot: Root }; response: CarriedPayload }
  /** Values of a beacon state at the places of a format. */
  stateProof: {
    request: { readonly stateRoot: Root; readonly format: ProofFormat }
    response: UncheckedMultiproof
  }
  /** RLP of an execution header; its keccak256 is the hash. */
  executionHeader: { request: { readonly blockHash: Hash }; response: Uint8Array }
}

/** A beacon header, and what the server holds of its block: good for explaining a failure, for nothing else. */
export interface KnownHeader {
  readonly header: BeaconBlockHeader
  /** Undefined where the server does not say. */
  readonly canonical: boolean | undefined
  readonly finalized: boolean | undefined
}

/** The newest that the server has. */
export type LatestRequest = Readonly<Record<never, never>>

export type RequestKind = keyof RequestKinds
export type RequestOf<K extends RequestKind> = RequestKinds[K]['request']
export type ResponseOf<K extends RequestKind> = RequestKinds[K]['response']

/** What a server can do; a server that has a capability may still lack a single item. */
export type Capability =
  | 'light-client'
  | 'headers'
  | 'state-proofs'
  | 'blocks'
  | 'execution-headers'
  | 'receipts'
  | 'account-proofs'
  | 'witness'
  | 'access-lists'
  | 'node-data'
  | 'paths'
  | 'code'
  | 'ranges'
  | 'submit'

/** How far back: periods for `light-client`, slots for `headers`, `state-proofs` and `blocks`, block numbers for the rest. */
export type CapabilityWindow =
  | { readonly kind: 'all' }
  | { readonly kind: 'since'; readonly first: number }
  | { readonly kind: 'latest'; readonly count: number }

export type Capabilities = { readonly [C in Capability]?: CapabilityWindow }

/**
 * Requests that are counted together. `content`: a hash in the request alone decides whether the response is right, so
 * asking for many at once costs nothing when one fails. `chain`: the rest. Neither waits for the other.
 */
export type LoadClass = 'chain' | 'content'
export const LOAD_CLASSES: readonly LoadClass[] = ['chain', 'content']

/** What the server must be capable of, and what the request counts as. */
export const REQUEST_RULES: {
  readonly [K in RequestKind]: { readonly capability: Capability; readonly load: LoadClass }
} = {
  bootstrap: { capability: 'light-client', load: 'chain' },
  updates: { capability: 'light-client', load: 'chain' },
  finalityUpdate: { capability: 'light-client', load: 'chain' },
  optimisticUpdate: { capability: 'light-client', load: 'chain' },
  headerByRoot: { capability: 'headers', load: 'content' },
  headerBySlot: { capability: 'headers', load: 'chain' },
  blockPayload: { capability: 'blocks', load: 'content' },
  payloadEnvelope: { capability: 'blocks', load: 'content' },
  stateProof: { capability: 'state-proofs', load: 'content' },
  executionHeader: { capability: 'execution-headers', load: 'content' },
}

/** What a server says unasked. Each is worth something only until the next of its kind. */
export type ServerNews =
  | { readonly kind: 'head'; readonly slot: number; readonly blockRoot: Root }
  | { readonly kind: 'finalityUpdate'; readonly update: LightClientUpdate }
  | { readonly kind: 'optimisticUpdate'; readonly update: LightClientUpdate }
  /** Its clock, by which ours is judged; ms since 1970, to the second. */
  | { readonly kind: 'time'; readonly now: number }
  /** {@link RequestServer.capabilities} are others now. */
  | { readonly kind: 'capabilities' }
  /** What it failed at, or proved to lack, though nobody asked: its event stream, a probe. Counts like a failed request. */
  | { readonly kind: 'fault'; readonly error: RequestError }
  /** Flow control by the server: until it says otherwise it takes so many requests at once, whole numbers, 0 for none. */
  | { readonly kind: 'limits'; readonly parallel: Readonly<Record<LoadClass, number>> }

/** What modules are told of it; the rest is about the server itself. */
export type ModuleNews = Exclude<ServerNews, { readonly kind: 'fault' | 'limits' }>

/** One per kind the server answers; a kind that is missing is never asked of it. See {@link RequestServer.answers}. */
export type Answers = {
  readonly [K in RequestKind]?: (request: RequestOf<K>, signal: AbortSignal) => Promise<ResponseOf<K>>
}

export interface RequestServer {
  /** For people and the log: the URL or the peer's id. */
  readonly name: string
  /** As far as known now. */
  readonly capabilities: Capabilities
  /**
   * Each sends one request. The signal aborts when the caller gave up or the server is unregistered: all that belongs to
   * the request is then to be freed, since the caller counts it as gone. The size of what is read is the transport's to bound.
   *
   * A promise rejects with a {@link RequestError}; anything else counts as `unreachable`.
   */
  readonly answers: Answers
  /**
   * Called when the server is registered; what it opens (event streams, polling) ends with the returned function, after
   * which `listener` is not called. `listener` may be called at any rate: of each kind the newest is kept.
   */
  subscribe(listener: (news: ServerNews) => void): () => void
}

export type RequestFault =
  /** The server answered that it has no such thing. No fault of its own. */
  | { readonly code: 'absent' }
  /** No connection, or an answer that is none: an HTTP status that speaks of trouble on its side, a cut body. */
  | { readonly code: 'unreachable' }
  /** It asked to be left alone: HTTP 429 or 503 with `Retry-After`. */
  | { readonly code: 'busy'; readonly retryAfterMs: number }
  /** It came whole, but is not what was asked for: does not decode, is too large, is of another period. */
  | { readonly code: 'malformed' }

/** Why a server did not answer. `fault` is the reason to act on; the message says what was asked, of whom, and what came. */
export class RequestError extends Error {
  override name = 'RequestError'
  constructor(
    readonly fault: RequestFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
