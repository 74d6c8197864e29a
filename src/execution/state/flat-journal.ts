/**
 * The transaction journal that EthereumJS's `runTx` and opcodes drive, kept in the flat state's undo log instead of sets
 * of hex strings: those were 10 % of a block's EVM time. Same rules: EIP-2929 access, EIP-161 touch and clean-up.
 */
import { Hardfork, type Common } from '@ethereumjs/common'
import { hexToBytes, type Account, type Address, type PrefixedHexString } from '@ethereumjs/util'
import { bytesToWord } from '../words.ts'
import type { FlatStateManager } from './flat-state-manager.ts'
import type { FlatState } from './flat-state.ts'

export class FlatJournal {
  private readonly state: FlatState

  constructor(
    private readonly stateManager: FlatStateManager,
    private readonly common: Common,
  ) {
    this.state = stateManager.state
  }

  async putAccount(address: Address, account: Account): Promise<void> {
    this.state.touch(this.state.entry(bytesToWord(address.bytes)))
    return this.stateManager.putAccount(address, account)
  }

  async deleteAccount(address: Address): Promise<void> {
    this.state.touch(this.state.entry(bytesToWord(address.bytes)))
    return this.stateManager.deleteAccount(address)
  }

  async checkpoint(): Promise<void> {
    this.state.checkpoint()
  }

  async commit(): Promise<void> {
    this.state.commit()
  }

  async revert(): Promise<void> {
    this.state.revert()
  }

  cleanJournal(): void {
    this.state.resetTransaction()
  }

  async cleanup(): Promise<void> {
    if (this.common.gteHardfork(Hardfork.SpuriousDragon)) this.state.deleteTouchedEmpty()
    this.state.resetTransaction()
  }

  addAlwaysWarmAddress(address: string): void {
    this.state.warm(this.state.entry(hexToWord(address)))
  }

  addAlwaysWarmSlot(address: string, slot: string): void {
    const entry = this.state.entry(hexToWord(address))
    this.state.warm(entry)
    this.state.warmSlot(entry, hexToWord(slot))
  }

  isWarmedAddress(address: Uint8Array): boolean {
    return this.state.entry(bytesToWord(address)).warm
  }

  addWarmedAddress(address: Uint8Array): void {
    this.state.warm(this.state.entry(bytesToWord(address)))
  }

  isWarmedStorage(address: Uint8Array, slot: Uint8Array): boolean {
    return this.state.entry(bytesToWord(address)).warmSlots.has(bytesToWord(slot))
  }

  addWarmedStorage(address: Uint8Array, slot: Uint8Array): void {
    this.state.warmSlot(this.state.entry(bytesToWord(address)), bytesToWord(slot))
  }

  startReportingAccessList(): never {
    throw new Error('access lists are not reported from block execution')
  }
}

function hexToWord(hex: string): bigint {
  return bytesToWord(hexToBytes((hex.startsWith('0x') ? hex : `0x${hex}`) as PrefixedHexString))
}
