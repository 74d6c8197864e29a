/** What JSON-RPC and the state service serve from: a devnet's own chain, an imported one, recorded blocks, or another node. */
import type { AddressBytes, Hash } from '../../src/chain/bytes.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import type { MessageCall } from '../../src/network/on-demand/rpc-access-list.ts'
import type { ServedWitness } from '../../src/network/state-service/messages.ts'
import type { AccountProof } from '../../src/state/account-proof.ts'

export type { AccountProof }

/** A block without its body: all that a state has to be named by. */
export interface ExecutionHeader {
  readonly hash: Hash
  readonly parentHash: Hash
  readonly number: number
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly stateRoot: Hash
  /** RLP. */
  readonly header: Uint8Array
}

/** A block, whole. Every part is what its hash commits to, byte for byte. */
export interface ExecutionBlock extends ExecutionHeader {
  /** RLP of the whole block, as in `stateless-block/1`. */
  readonly rlp: Uint8Array
}

/** How far back something is served without a gap, in block numbers; `to` is the head where it is left out. */
export interface ServedRange {
  readonly from: number
  readonly to?: number
  /** Blocks before `from` are held here and there, for whoever asks for one of them. Default: none is. */
  readonly before?: 'some'
}

/** What a source can do at all, and how far back. A kind that is missing is never served. */
export interface ServedKinds {
  readonly headers?: ServedRange
  readonly blocks?: ServedRange
  readonly receipts?: ServedRange
  /** `eth_getProof` and the like, for the states after these blocks. */
  readonly proofs?: ServedRange
  readonly witness?: ServedRange
  readonly accessLists?: ServedRange
  /** Trie nodes by hash. */
  readonly nodes?: ServedRange
  readonly paths?: ServedRange
  readonly codes?: ServedRange
  readonly ranges?: ServedRange
  readonly submit?: ServedRange
}

export interface ExecutionStatus {
  readonly genesisHash: Hash | undefined
  readonly head: ExecutionBlock
  readonly safe: ExecutionBlock | undefined
  readonly finalized: ExecutionBlock | undefined
  readonly serves: ServedKinds
}

/** What executes a block, and nothing that it does not need: an unordered bag. */
export interface Witness extends ServedWitness {
  readonly block: ExecutionBlock
}

/** Keys of a state by their hashes, as tries have them. */
export interface PathKeys {
  /** keccak256 of the address. */
  readonly account: Hash
  /** keccak256 of each slot. */
  readonly slots: readonly Hash[]
}

/** Consecutive leaves from an origin on, with the nodes on the paths of both ends (devp2p snap/1). */
export interface LeafRange {
  /** Ascending. Values as in the trie, whole accounts and not their slim form. */
  readonly leaves: readonly { readonly key: Hash; readonly value: Uint8Array }[]
  /** Of the origin and of the last key; none where the whole trie is in the range. */
  readonly proof: readonly Uint8Array[]
}

export interface RangeRequest {
  readonly stateRoot: Hash
  /** Undefined: the accounts; else the hashed address whose storage it is. */
  readonly account: Hash | undefined
  /** First key wanted, present or not. */
  readonly origin: Hash
  /** Last key wanted; the range goes on to the first key at or after it, as in snap/1. */
  readonly limit: Hash
  /** Of keys and values together; one leaf past it is the last. */
  readonly maxBytes: number
}

export interface AccessListResult {
  readonly accessList: readonly { readonly address: AddressBytes; readonly slots: readonly Hash[] }[]
  readonly gasUsed: bigint
  /** Why the call failed, where it did. */
  readonly error: string | undefined
}

/** An account as a transaction found it; one that did not exist has nothing. */
export interface AccountPrestate {
  readonly address: AddressBytes
  readonly nonce: bigint
  readonly balance: bigint
  /** Empty where it had none; undefined where the account was touched, and its code is not held. */
  readonly code: Uint8Array | undefined
  /** Those that the transaction touched. */
  readonly slots: readonly (readonly [slot: Hash, value: bigint])[]
}

/** All that a transaction touched, as it was before it. */
export interface TransactionPrestate {
  /** Its hash. */
  readonly transaction: Hash
  /** Each once. */
  readonly accounts: readonly AccountPrestate[]
}

export type ExecutionNews =
  /** `removed`: blocks that are canonical no more, newest first; `added`: those that are now, oldest first. */
  | {
      readonly kind: 'head'
      readonly head: ExecutionBlock
      readonly added: readonly ExecutionBlock[]
      readonly removed: readonly ExecutionBlock[]
    }
  /** A transaction that the pool took. */
  | { readonly kind: 'pending'; readonly hash: Hash }

export type Awaitable<T> = T | Promise<T>

/**
 * It exists, or may exist, and cannot be had here: pruned, never recorded, an upstream that does not answer. Served as
 * "resource unavailable", never as an absence.
 */
export class UnavailableError extends Error {
  override name = 'UnavailableError'
}

/** A transaction that the pool refuses; the message says why. */
export class SubmitError extends Error {
  override name = 'SubmitError'
}

/**
 * Undefined means: there is no such thing, as far as the source knows all there is. All methods throw
 * {@link UnavailableError} for what they cannot know. What they give is not checked by the server; who receives it does.
 */
export interface ExecutionSource {
  readonly network: ExecutionNetwork
  /** For `web3_clientVersion`. */
  readonly software: string
  status(): Awaitable<ExecutionStatus>
  /** Also of blocks whose body is not held: parents of recorded blocks, whose states are asked for like any other's. */
  headerByHash(hash: Hash): Awaitable<ExecutionHeader | undefined>
  /** Of the canonical chain; as {@link headerByHash}. */
  headerByNumber(number: number): Awaitable<ExecutionHeader | undefined>
  blockByHash(hash: Hash): Awaitable<ExecutionBlock | undefined>
  /** Of the canonical chain. */
  blockByNumber(number: number): Awaitable<ExecutionBlock | undefined>
  /** As in the receipts trie, in the order of transactions. */
  receipts(blockHash: Hash): Awaitable<readonly Uint8Array[] | undefined>
  /** Where a transaction of the canonical chain is: a hint, proven by nothing. */
  locateTransaction(hash: Hash): Awaitable<{ readonly blockHash: Hash; readonly index: number } | undefined>
  /** Undefined for an unknown block. */
  witness(blockHash: Hash): Awaitable<Witness | undefined>
  /** RLP (EIP-7928); undefined for an unknown block and for one of a fork without. */
  blockAccessList(blockHash: Hash): Awaitable<Uint8Array | undefined>
  /** In the order asked; undefined for each that is not held, which says nothing. */
  nodes(hashes: readonly Hash[]): Awaitable<readonly (Uint8Array | undefined)[]>
  /** As {@link nodes}. */
  codes(hashes: readonly Hash[]): Awaitable<readonly (Uint8Array | undefined)[]>
  /** Each node once, parents before children. @throws {UnavailableError} where the state is not held */
  paths(stateRoot: Hash, keys: readonly PathKeys[]): Awaitable<readonly Uint8Array[]>
  /** At the state after the block. @throws {UnavailableError} where that state is not held */
  accountProof(block: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): Awaitable<AccountProof>
  /** Code of an account after the block; empty where it has none. @throws {UnavailableError} */
  codeOf(block: ExecutionHeader, address: AddressBytes): Awaitable<Uint8Array>
  /** @throws {UnavailableError} where the state is too old, or ranges are not served */
  range(request: RangeRequest): Awaitable<LeafRange>
  /** On the state after the block. @param signal whoever asked has given up @throws {UnavailableError}, the signal's reason */
  createAccessList(block: ExecutionHeader, call: MessageCall, signal?: AbortSignal): Awaitable<AccessListResult>
  /**
   * What each transaction of a block found, in their order; undefined for an unknown block. Left out by sources that trace
   * nothing. @throws {UnavailableError} where the block cannot be executed here
   */
  prestates?(blockHash: Hash): Awaitable<readonly TransactionPrestate[] | undefined>
  /**
   * The nonce after those of the account's transactions that are in the chain, and those that wait and follow without a
   * gap. Left out by sources that know no pool. @throws {UnavailableError}
   */
  pendingNonce?(address: AddressBytes): Awaitable<bigint>
  /** @throws {SubmitError}, {UnavailableError} where nothing takes transactions */
  submit(transaction: Uint8Array): Awaitable<Hash>
  /** Until the returned function is called. */
  listen(listener: (news: ExecutionNews) => void): () => void
}
