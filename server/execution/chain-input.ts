/** What a local chain is given: where it starts, its blocks, which of them count, and who takes transactions. */
import type { AddressBytes, Hash } from '../../src/chain/bytes.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import type { ExecutionBlock } from './execution-source.ts'

/** A state whose every node and code can be had; what is not reached from the root is never looked at. */
export interface SourcedState {
  readonly root: Hash
  readonly nodes: NodeSource
  readonly codes: CodeSource
}

/** A block that has a flaw on purpose: there is no state after it. */
export interface InvalidBlock {
  /** RLP of the whole block. */
  readonly rlp: Uint8Array
  /** As in the receipts trie, in the order of transactions. */
  readonly receipts: readonly Uint8Array[]
  /** RLP (EIP-7928), where the fork has it. */
  readonly accessList?: Uint8Array | undefined
}

/** A block that somebody executed. */
export interface NewBlock extends InvalidBlock {
  /** At least the nodes that the state after the block has and its parent's state has not. */
  readonly nodes: NodeSource
  /** The same of codes. */
  readonly codes: CodeSource
}

/** Hashes of blocks that were accepted. */
export interface HeadChoice {
  readonly head: Hash
  readonly safe?: Hash | undefined
  readonly finalized?: Hash | undefined
}

export interface TransactionPool {
  /** @returns the transaction's hash @throws {SubmitError} */
  submit(transaction: Uint8Array): Hash | Promise<Hash>
  /** The nonce after those that wait and follow without a gap on what the head has of the account. */
  nextNonce(address: AddressBytes): bigint
}

export interface Genesis<State> {
  readonly block: ExecutionBlock
  readonly state: State
}
