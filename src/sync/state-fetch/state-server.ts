/**
 * One server of state, whatever it speaks: an execution client's JSON-RPC, a gateway's state service, or both at one place.
 * What it answers is decoded and of bounded size, nothing more: whoever asks proves it by hashes under a proven root.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { MessageCall } from '../../network/on-demand/rpc-access-list.ts'
import type { NamedBlock } from '../../network/on-demand/rpc-server.ts'
import type { SubmitAnswer } from '../../network/on-demand/rpc-transactions.ts'
import type { CapabilityWindow, RequestError } from '../../network/request-server.ts'
import type {
  HashedPathKeys,
  HeldItems,
  ServedPaths,
  ServedWitness,
  TouchedKeys,
  WitnessMetadata,
} from '../../network/state-service/messages.ts'

/** What can be asked, and what comes back. An error in a list is about its item alone. */
export interface StateAsks {
  /** RLP of the whole block. */
  block: { request: { readonly hash: Hash }; answer: Uint8Array }
  /** RLP of that header and its ancestors, newest first, as many of `count` as there are. */
  headers: { request: { readonly from: Hash; readonly count: number }; answer: readonly Uint8Array[] }
  /** As in the receipts trie, in the order of transactions. */
  receipts: { request: { readonly block: RawBlock }; answer: readonly Uint8Array[] }
  /** The block in which a transaction is said to be: a hint. */
  transactionPlace: { request: { readonly hash: Hash }; answer: NamedBlock | undefined }
  /** A transaction's bytes, in a block or waiting for one: proven by their hash. */
  rawTransaction: { request: { readonly hash: Hash }; answer: Uint8Array | undefined }
  /** Hands a signed transaction over, to be in a block. */
  submit: { request: { readonly raw: Uint8Array }; answer: SubmitAnswer }
  /** By hash. */
  nodes: { request: { readonly hashes: readonly Hash[] }; answer: HeldItems }
  codes: { request: { readonly hashes: readonly Hash[] }; answer: HeldItems }
  /** Whole paths of hashed keys, each node once. */
  paths: {
    request: { readonly stateRoot: Hash; readonly keys: readonly HashedPathKeys[] }
    answer: ServedPaths
  }
  /** Nodes of `eth_getProof`, one list for each entry of the request. */
  proofs: {
    request: { readonly at: NamedBlock; readonly keys: readonly TouchedKeys[] }
    answer: readonly (readonly Uint8Array[] | RequestError)[]
  }
  /** `eth_getCode`. */
  accountCodes: {
    request: { readonly at: NamedBlock; readonly addresses: readonly AddressBytes[] }
    answer: readonly (Uint8Array | RequestError)[]
  }
  /** RLP of a block access list (EIP-7928). */
  accessList: { request: { readonly block: NamedBlock }; answer: Uint8Array }
  witness: { request: { readonly block: RawHeader }; answer: ServedWitness }
  metadata: { request: { readonly block: RawHeader }; answer: WitnessMetadata }
  /** `eth_createAccessList` on the state after a block: hints. */
  callKeys: {
    request: { readonly at: NamedBlock; readonly calls: readonly MessageCall[] }
    answer: readonly (readonly TouchedKeys[] | RequestError)[]
  }
  /** The keys of `debug_traceBlockByHash` with the prestate tracer: hints. */
  tracedKeys: { request: { readonly block: NamedBlock }; answer: readonly TouchedKeys[] }
}

export type AskKind = keyof StateAsks
export type AskOf<K extends AskKind> = StateAsks[K]['request']
export type AnswerOf<K extends AskKind> = StateAsks[K]['answer']

/** One per kind that the server answers; a kind that is missing is never asked of it. Each rejects with a {@link RequestError}. */
export type StateAnswers = {
  readonly [K in AskKind]?: (request: AskOf<K>, signal: AbortSignal) => Promise<AnswerOf<K>>
}

export interface StateServer {
  /** For people and the log. */
  readonly name: string
  readonly answers: StateAnswers
  /** Blocks that each kind is good for; a kind without a window is asked whatever the block. As far as known now. */
  readonly windows: { readonly [K in AskKind]?: CapabilityWindow }
}

/** Both at one place. What the first cannot do, the second is asked. */
export function joinedServer(name: string, parts: readonly Omit<StateServer, 'name'>[]): StateServer {
  const [first = { answers: {}, windows: {} }, ...others] = parts
  return others.reduce<StateServer>(
    (joined, { answers, windows }) => ({
      name,
      answers: { ...answers, ...joined.answers },
      windows: { ...windows, ...joined.windows },
    }),
    { name, ...first },
  )
}
