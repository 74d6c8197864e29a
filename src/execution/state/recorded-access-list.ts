/**
 * What EthereumJS takes for the block access list that it fills in: each access goes to the recorder. The changes that it
 * tells are left aside, as the recorder finds them by itself: EthereumJS 10.1.3 keeps those of delegations that are
 * taken back for want of gas, drops those of earlier transactions to an account that is made and destroyed in a later one,
 * and lists a slot as changed and as read when a call that wrote it back is reverted. EIP-7928 has none of that.
 */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { bytesToWord } from '../words.ts'
import type { AccessRecorder } from './access-recorder.ts'
import type { AccountEntry } from './account-entry.ts'
import type { FlatState } from './flat-state.ts'

export class RecordedAccessList {
  /** EthereumJS reads it, and hands it back with each change. */
  readonly blockAccessIndex = 0

  constructor(
    private readonly state: FlatState,
    private readonly recorder: AccessRecorder,
  ) {}

  addAddress(address: PrefixedHexString): void {
    this.recorder.account(this.entry(address))
  }

  addStorageRead(address: PrefixedHexString, key: Uint8Array): void {
    this.recorder.slot(this.entry(address), bytesToWord(key))
  }

  addStorageWrite(address: PrefixedHexString, key: Uint8Array): void {
    this.recorder.slot(this.entry(address), bytesToWord(key))
  }

  addBalanceChange(address: PrefixedHexString): void {
    this.addAddress(address)
  }

  addNonceChange(address: PrefixedHexString): void {
    this.addAddress(address)
  }

  addCodeChange(address: PrefixedHexString): void {
    this.addAddress(address)
  }

  cleanupNetZeroBalanceChanges(): void {}

  cleanupSelfdestructed(): void {}

  checkpoint(): void {}

  commit(): void {}

  revert(): void {}

  private entry(address: PrefixedHexString): AccountEntry {
    return this.state.entry(bytesToWord(hexToBytes(address)))
  }
}
