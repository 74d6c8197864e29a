/** The state before one step of a block as its access list has it: the parent state, and the list's changes of the steps before. */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { AccountValue, FlatReader } from '../../state/flat-reader.ts'
import { hasNoStorage } from '../state/account-entry.ts'
import { bytesToWord, wordToTrimmedBytes } from '../words.ts'
import type { GuessingReader } from './guessing-reader.ts'
import type { ListedChanges } from './listed-changes.ts'

export class ListedReader implements FlatReader {
  private step = 0

  constructor(
    private readonly changes: ListedChanges,
    private readonly parent: GuessingReader,
  ) {}

  /** From here on reads are of the state before that step. */
  standBefore(step: number): void {
    this.step = step
  }

  account(address: AddressBytes): AccountValue | undefined {
    return this.changes.account(bytesToWord(address), this.step, this.parent.account(address))
  }

  storage(address: AddressBytes, slot: Uint8Array): Uint8Array {
    const listed = this.changes.slot(bytesToWord(address), bytesToWord(slot), this.step)
    if (listed !== undefined) return wordToTrimmedBytes(listed)
    return this.hasNoParentStorage(address) ? NOTHING : this.parent.storage(address, slot)
  }

  code(codeHash: Hash): Uint8Array {
    return this.changes.code(codeHash) ?? this.parent.code(codeHash)
  }

  /** Then no slot of the parent state is known, and none is missing. */
  private hasNoParentStorage(address: AddressBytes): boolean {
    if (!this.parent.knowsAccount(address)) return false
    const account = this.parent.account(address)
    return account === undefined || hasNoStorage(account)
  }
}

const NOTHING = new Uint8Array(0)
