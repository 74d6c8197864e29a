/**
 * Where the state of a speculative run tells what is read of it, by field and in order. A plain execution has no listener:
 * it pays for a look at an absent property at each call, and nothing at each operation.
 */
import type { AccountEntry } from './account-entry.ts'

/**
 * Told before a change of what it is told of. Entries are loaded, but for {@link creation} and {@link cleanUp}. Values are
 * not handed over where the entry holds them.
 */
export interface StateReads {
  /** The account is at hand, whether anything of it is looked at or not. */
  account(entry: AccountEntry): void
  /** `value` is the slot's current value. */
  slot(entry: AccountEntry, slot: bigint, value: bigint): void
  nonce(entry: AccountEntry): void
  codeHash(entry: AccountEntry): void
  /** The bytes behind the hash, and the hash with them. */
  code(entry: AccountEntry): void
  /** Whether the account has storage of the parent state (EIP-7610). */
  storageRoot(entry: AccountEntry): void
  /** Whether there is an account at all, if only an empty one (EIP-7702's refund asks). */
  existence(entry: AccountEntry): void
  /** The exact balance. */
  balance(entry: AccountEntry): void
  /** Only whether the balance is at least `needed`. */
  sufficiency(entry: AccountEntry, needed: bigint): void
  /** Only whether `added` can be added to the balance without passing 2^256 - 1. */
  room(entry: AccountEntry, added: bigint): void
  /** Whether the account is missing or empty (EIP-161). */
  deadness(entry: AccountEntry): void
  /** The account is about to be loaded as one to be created. */
  creation(entry: AccountEntry): void
  /** The transaction touched the account and ends: it is deleted where it is empty (EIP-161). */
  cleanUp(entry: AccountEntry): void
  /** The entry was only lent; nothing done to it counts. */
  forget(entry: AccountEntry): void
  /** From here on something reads the state in ways that are not told. */
  giveUp(): void
}
