/**
 * The accounts and slots that a transaction touches, as they are before it: seen through the reads of the engine. An account
 * counts once it is loaded, a slot once it is read, and whatever is written is read before.
 */
import type { AddressBytes } from '../../../chain/bytes.ts'
import type { AccountValue } from '../../../state/flat-reader.ts'
import type { AccountEntry } from '../../state/account-entry.ts'
import type { StateReads } from '../../state/state-reads.ts'

export interface FoundAccount {
  readonly address: AddressBytes
  readonly value: AccountValue | undefined
  readonly slots: ReadonlyMap<bigint, bigint>
}

/** Always: each account and slot once, in the order of first touch, with the value of then. */
export class FoundValues implements StateReads {
  private readonly found = new Map<AccountEntry, FoundAccount & { readonly slots: Map<bigint, bigint> }>()

  readonly nonce = (entry: AccountEntry): void => this.account(entry)
  readonly codeHash = (entry: AccountEntry): void => this.account(entry)
  readonly code = (entry: AccountEntry): void => this.account(entry)
  readonly storageRoot = (entry: AccountEntry): void => this.account(entry)
  readonly existence = (entry: AccountEntry): void => this.account(entry)
  readonly balance = (entry: AccountEntry): void => this.account(entry)
  readonly sufficiency = (entry: AccountEntry): void => this.account(entry)
  readonly room = (entry: AccountEntry): void => this.account(entry)
  readonly deadness = (entry: AccountEntry): void => this.account(entry)
  /** Comes before the account is loaded, which will be told. */
  readonly creation = nothing
  /** What was touched and never loaded has not been looked at. */
  readonly cleanUp = nothing
  readonly giveUp = nothing

  account(entry: AccountEntry): void {
    this.of(entry)
  }

  slot(entry: AccountEntry, slot: bigint, value: bigint): void {
    const { slots } = this.of(entry)
    if (!slots.has(slot)) slots.set(slot, value)
  }

  forget(entry: AccountEntry): void {
    this.found.delete(entry)
  }

  accounts(): readonly (readonly [AccountEntry, FoundAccount])[] {
    return [...this.found]
  }

  private of(entry: AccountEntry): FoundAccount & { readonly slots: Map<bigint, bigint> } {
    let found = this.found.get(entry)
    if (found === undefined) {
      found = { address: entry.address, value: entry.current, slots: new Map() }
      this.found.set(entry, found)
    }
    return found
  }
}

function nothing(): void {}
