/**
 * The parent state as flat values. Execution reads through this and nothing else, so that the trie may live in another
 * thread. A read answers at once when the value is at hand and with a promise when it has to be fetched; it throws (or
 * rejects with) a `DataFaultError` when the value cannot be had. `undefined` and empty bytes are *proven* absences.
 */
import type { AddressBytes, Hash } from '../chain/bytes.ts'

export interface AccountValue {
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageRoot: Hash
  readonly codeHash: Hash
}

export type MaybePromise<T> = T | Promise<T>

export interface FlatReader {
  account(address: AddressBytes): MaybePromise<AccountValue | undefined>
  /** `slot` is 32 bytes; the value comes without leading zeros, empty when the slot is proven to be zero. */
  storage(address: AddressBytes, slot: Uint8Array): MaybePromise<Uint8Array>
  /** Bytecode whose keccak256 is `codeHash`; `address` only says who asked. */
  code(codeHash: Hash, address: AddressBytes): MaybePromise<Uint8Array>
}
