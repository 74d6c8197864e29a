/** What became of checking a block. */
import type { Hash } from '../../chain/bytes.ts'
import type { DataFault } from '../../state/data-fault.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { Ancestors } from './ancestors.ts'
import type { RawBlock } from './raw-block.ts'

/** The parts of a block that a check can contradict, named as the block names them. */
export type MismatchField =
  | 'blockHash'
  | `header.${string}`
  | 'transactionsRoot'
  | 'withdrawalsRoot'
  | 'unclesHash'
  | 'gasUsed'
  | 'receiptsRoot'
  | 'logsBloom'
  | 'requestsHash'
  | 'blockAccessListHash'
  | 'stateRoot'

/**
 * Of what a header commits to, it says `expected` and we found `actual`; of its own fields (`header.…`) a rule asks for
 * `expected` and it says `actual`. Both as text: hex for bytes, decimal for numbers.
 */
export interface Mismatch {
  readonly field: MismatchField
  readonly expected: string
  readonly actual: string
}

/** Milliseconds of each stage. */
export interface StageTimes {
  readonly decode: number
  readonly hash: number
  readonly senders: number
  readonly evm: number
  readonly root: number
  readonly total: number
}

/** What execution came to; its roots are those of the header. */
export interface Executed {
  /** As in the receipts trie. */
  readonly receipts: readonly Uint8Array[]
  /** Undefined before Byzantium, when every transaction's writes went into a root of their own (EIP-658 ended that). */
  readonly writes: StateWrites | undefined
}

export interface VerificationStats {
  readonly fork: string
  readonly transactions: number
  readonly gasUsed: number
  /** Trie nodes that were read. */
  readonly nodes: number
  readonly ms: StageTimes
}

/** A check that could not be made, because what it needs was not given. */
export type Unchecked = 'parentHeader' | 'blockHashes' | 'uncleHeaders' | 'proofOfWork'

export type Verification =
  | {
      readonly kind: 'verified'
      readonly block: RawBlock
      readonly ancestors: Ancestors
      /** The state it was executed on: the parent's, or as given where `notChecked` says so. */
      readonly preStateRoot: Hash
      readonly notChecked: readonly Unchecked[]
      readonly stats: VerificationStats
      readonly executed: Executed
    }
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }
  | { readonly kind: 'fault'; readonly fault: DataFault }
  /** The block breaks a rule that no single field shows, or the input is no block at all. */
  | { readonly kind: 'rejected'; readonly code: RejectionCode; readonly message: string }

export type RejectionCode =
  | 'block-encoding'
  | 'invalid-block'
  | 'invalid-transaction'
  | 'unsupported-fork'
  | 'wrong-network'
  | 'inconsistent-file'
  /** Below a state root that nothing proved there are nodes that no state has. */
  | 'malformed-state'
