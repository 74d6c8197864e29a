/**
 * What the execution of a block (or, before Byzantium, of one transaction) leaves behind: final values only, one per
 * account and slot. Plain data that survives `structuredClone`, because it crosses from an EVM worker to the owner of
 * the trie.
 */
import type { Hash } from '../chain/bytes.ts'

export interface StateWrites {
  /** By address: 40 lower-case hex digits without `0x`. An account that did not change is not listed. */
  readonly accounts: Map<string, AccountWrite>
  /** Code deployed, by its keccak256: 64 lower-case hex digits without `0x`. */
  readonly codes: Map<string, Uint8Array>
}

export type AccountWrite =
  /** The account is gone from the trie, and its storage with it. Deleting an absent account is no error. */
  | { readonly kind: 'deleted' }
  /** The account exists with these values afterwards, whether it existed before or not. */
  | {
      readonly kind: 'updated'
      readonly nonce: bigint
      /** wei */
      readonly balance: bigint
      readonly codeHash: Hash
      readonly storage: StorageWrites
    }

export interface StorageWrites {
  /**
   * `kept`: the slots are written over the storage of the parent state (empty for an account that did not exist).
   * `cleared`: the account was created, or destroyed and created again: nothing of the earlier storage remains.
   */
  readonly kind: 'kept' | 'cleared'
  /** By slot (64 lower-case hex digits, not hashed): the big-endian value without leading zeros; empty is a deletion. */
  readonly slots: Map<string, Uint8Array>
}
