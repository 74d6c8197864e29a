/**
 * What is asked of a state service and what it answers. Nothing in an answer is to be believed before whoever asked has
 * proven it: nodes and codes by their keccak256 below a proven root, headers by their hashes, the rest by those.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'

/** What a server offers, by the names that a status has. `proofs` and `submit` are had over the same server's JSON-RPC. */
export const SERVED_NAMES = [
  'headers',
  'blocks',
  'receipts',
  'proofs',
  'witness',
  'accessLists',
  'nodes',
  'paths',
  'codes',
  'ranges',
  'submit',
] as const
export type ServedName = (typeof SERVED_NAMES)[number]

/** Block numbers, both ends included; `to` is left out where it is the head, whatever that is by then. */
export interface ServedWindow {
  readonly from: number
  readonly to?: number
}

export interface BlockName {
  readonly number: number
  readonly hash: Hash
}

export interface ServiceStatus {
  readonly chainId: number
  readonly genesisHash: Hash | undefined
  readonly head: BlockName
  readonly safe: BlockName | undefined
  readonly finalized: BlockName | undefined
  /** The first block whose state, as it is after that block, can still be asked about; undefined where none can. */
  readonly oldestState: number | undefined
  /** A name that is missing is never served. */
  readonly serves: { readonly [N in ServedName]?: ServedWindow }
}

/**
 * By number: canonical headers, `count` from there on, ascending. By hash: that header and its ancestors, newest first,
 * which nothing can change any more.
 */
export interface HeadersRequest {
  readonly start: { readonly number: number } | { readonly hash: Hash }
  readonly count: number
}

/** Keys of a state by their hashes, as tries have them. */
export interface HashedPathKeys {
  readonly account: Hash
  readonly slots: readonly Hash[]
}

/** Account and slots that a block reads or writes. */
export interface TouchedKeys {
  readonly address: AddressBytes
  readonly slots: readonly Hash[]
}

/** All that a stateless block holds besides the block. Nodes and codes in no order; see {@link WitnessMetadata} for the rest. */
export interface ServedWitness {
  /** RLP of the parent's header and of as many before it as BLOCKHASH reads reach: ascending, contiguous, the parent's last. */
  readonly headers: readonly Uint8Array[]
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
  /** Hashes of ancestors that BLOCKHASH reads where {@link headers} do not reach, which nothing proves; recorded blocks have some. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  /** What was read and written; undefined where nobody knows. */
  readonly keys: readonly TouchedKeys[] | undefined
}

/** What to fetch, or to look for at home, to execute a block. */
export interface WitnessMetadata {
  /** The ancestors whose headers execution needs: contiguous, the parent's last. */
  readonly headers: { readonly first: number; readonly count: number }
  readonly nodes: readonly Hash[]
  readonly codes: readonly Hash[]
  /** Ancestors' hashes that no header among {@link headers} proves: the server's word. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  /** Undefined where the server does not know them. */
  readonly keys: readonly TouchedKeys[] | undefined
}

/**
 * In the order asked. Undefined: the server does not hold it, which says nothing about the state. Shorter than what was
 * asked: the answer was full, ask again for the rest.
 */
export interface HeldItems {
  readonly items: readonly (Uint8Array | undefined)[]
}

export interface ServedPaths {
  /** Nodes of all complete paths, each once, parents before children. */
  readonly nodes: readonly Uint8Array[]
  /**
   * How many keys' paths are complete, counted in the order asked: each account, then its slots. Fewer than asked: the
   * answer was full, ask again for the rest.
   */
  readonly complete: number
  /** Places, among those counted, of keys whose paths the server cannot give, which says nothing about the state. Default: none. */
  readonly lacking?: readonly number[]
}

export interface LeavesRequest {
  readonly stateRoot: Hash
  /** Undefined: the accounts; else the hashed address whose storage it is. */
  readonly account: Hash | undefined
  /** First key wanted, present or not. */
  readonly origin: Hash
  /** The range goes on to the first key at or after it. */
  readonly limit: Hash
  /** Of keys and values; a server may stop earlier, never before the first leaf. */
  readonly maxBytes: number
}

export interface ServedLeaves {
  /** Ascending; values as in the trie. */
  readonly leaves: readonly { readonly key: Hash; readonly value: Uint8Array }[]
  /** Nodes on the paths of the origin and the last key; none where the whole trie is in the range. */
  readonly proof: readonly Uint8Array[]
}

interface OfBlock {
  readonly blockHash: Hash
}

interface OfHashes {
  readonly hashes: readonly Hash[]
}

export interface StateKinds {
  status: { request: Readonly<Record<never, never>>; answer: ServiceStatus }
  headers: { request: HeadersRequest; answer: { readonly headers: readonly Uint8Array[] } }
  /** RLP of the whole block. */
  block: { request: OfBlock; answer: { readonly block: Uint8Array } }
  /** As in the receipts trie, in the order of transactions. */
  receipts: { request: OfBlock; answer: { readonly receipts: readonly Uint8Array[] } }
  /** RLP (EIP-7928), whose keccak256 is in the header. */
  accessList: { request: OfBlock; answer: { readonly accessList: Uint8Array } }
  witness: { request: OfBlock; answer: ServedWitness }
  witnessMetadata: { request: OfBlock; answer: WitnessMetadata }
  nodes: { request: OfHashes; answer: HeldItems }
  codes: { request: OfHashes; answer: HeldItems }
  paths: {
    request: { readonly stateRoot: Hash; readonly keys: readonly HashedPathKeys[] }
    answer: ServedPaths
  }
  range: { request: LeavesRequest; answer: ServedLeaves }
  /** Where a transaction of the canonical chain is: a hint, proven by nothing but the block itself. */
  transaction: { request: { readonly hash: Hash }; answer: { readonly blockHash: Hash; readonly index: number } }
}

export type StateKind = keyof StateKinds
export type StateRequestOf<K extends StateKind> = StateKinds[K]['request']
export type StateAnswerOf<K extends StateKind> = StateKinds[K]['answer']

export type StateRequest = { [K in StateKind]: { readonly kind: K; readonly request: StateRequestOf<K> } }[StateKind]

export const STATE_ERROR_CODES = ['invalid', 'unknown', 'unavailable', 'limit', 'unsupported', 'internal'] as const
/**
 * - `invalid`: the request cannot be meant: malformed, or out of bounds.
 * - `unknown`: there is no such thing as far as the server knows all there is.
 * - `unavailable`: there may be, and it cannot be had here: pruned, or not recorded.
 * - `limit`: request or answer would be larger than the protocol or the server allows.
 * - `unsupported`: a kind of request, or a version, that this server does not serve.
 * - `internal`: its own failure.
 */
export type StateErrorCode = (typeof STATE_ERROR_CODES)[number]

/** What a server answers instead. */
export interface StateFailure {
  readonly code: StateErrorCode
  readonly message: string
}
