/**
 * What a transaction did, as plain data that survives `structuredClone`: what it read of the state it began on, and what it
 * left behind. Whoever finds the reads to be still true may take the effects for those of running it again, because
 * execution is a function of its reads.
 */
import type { Hash } from '../../chain/bytes.ts'
import type { TransactionGas } from '../block/block-gas.ts'
import type { Log } from '../evm/environment.ts'

/**
 * One thing that was looked at, as the state had it before the transaction. `key` is the address as a number.
 *
 * Reads are listed in the order they were made. So checking them in that order, and stopping at the first that is no longer
 * true, asks the state for nothing that a run on it would not ask for.
 */
export type StateRead =
  /** The account was loaded, and maybe nothing of it looked at. */
  | { readonly kind: 'account'; readonly key: bigint }
  | { readonly kind: 'nonce'; readonly key: bigint; readonly value: bigint }
  /** A balance is not read for itself but compared: any from `min` to `max` leads to the same run. Equal ones are an exact read. */
  | { readonly kind: 'balance'; readonly key: bigint; readonly min: bigint; readonly max: bigint }
  | { readonly kind: 'codeHash'; readonly key: bigint; readonly hash: Hash }
  /** The code behind the hash, which has been read before. */
  | { readonly kind: 'code'; readonly key: bigint }
  | { readonly kind: 'storageRoot'; readonly key: bigint; readonly empty: boolean }
  | { readonly kind: 'existence'; readonly key: bigint; readonly exists: boolean }
  | { readonly kind: 'slot'; readonly key: bigint; readonly slot: bigint; readonly value: bigint }

/** What became of an account. */
export type AccountEffect =
  | { readonly kind: 'deleted'; readonly key: bigint }
  | {
      readonly kind: 'updated'
      readonly key: bigint
      /** Undefined where it stays. */
      readonly nonce: bigint | undefined
      /** Added to the balance; what else could have become of it would have been an exact read. */
      readonly balanceAdded: bigint
      readonly code: { readonly hash: Hash; readonly bytes: Uint8Array } | undefined
      /** `cleared`: the account was created, or emptied for good; nothing of its earlier storage remains. */
      readonly storage: 'kept' | 'cleared'
      readonly slots: readonly (readonly [slot: bigint, value: bigint])[]
    }

/** Accounts and slots for the block access list (EIP-7928). */
export interface AccountAccessed {
  readonly key: bigint
  readonly slots: readonly bigint[]
}

export interface StepResult {
  readonly reads: readonly StateRead[]
  readonly effects: readonly AccountEffect[]
  /** Touched, and missing or empty at the end: deleted where they exist (EIP-161). */
  readonly emptied: readonly bigint[]
  /** Undefined before Amsterdam. */
  readonly accessed: readonly AccountAccessed[] | undefined
}

export interface TransactionResult extends StepResult {
  /** Position in the block. */
  readonly index: number
  /** As in the receipt. */
  readonly status: 0 | 1
  readonly gas: TransactionGas
  readonly logs: readonly Log[]
  readonly bloom: Uint8Array
}
