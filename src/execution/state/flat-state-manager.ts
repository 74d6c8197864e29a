/**
 * EthereumJS's view of the flat state. Own code, because the stock managers answer a missing trie node with an empty
 * account and write storage through in spite of their caches (measured on 10.1.3); here a missing value rejects.
 */
import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address } from '@ethereumjs/util'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { bytesToWord, wordToTrimmedBytes } from '../words.ts'
import { NEW_ACCOUNT, type AccountEntry } from './account-entry.ts'
import { accountFields, observedAccount } from './observed-account.ts'
import type { FlatState } from './flat-state.ts'

/** The root after all changes so far; only forks before Byzantium ask for it, once a transaction. */
export type IntermediateRoot = () => Promise<Hash>

export class FlatStateManager implements StateManagerInterface {
  readonly originalStorageCache = {
    get: (address: Address, key: Uint8Array) => this.originalStorage(address, key),
    clear: () => this.state.resetOriginals(),
  }

  constructor(
    readonly state: FlatState,
    private readonly keccak: Keccak,
    private readonly intermediateRoot: IntermediateRoot,
  ) {}

  /** A fresh object each time: callers change it before they know whether they will put it back. */
  async getAccount(address: Address): Promise<Account | undefined> {
    const entry = await this.loaded(address)
    const { current } = entry
    if (this.state.reads !== undefined) return observedAccount(entry, this.state.reads)
    if (current === undefined) return undefined
    return new Account(current.nonce, current.balance, current.storageRoot, current.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    const entry = await this.loaded(address)
    if (account === undefined) return this.state.deleteAccount(entry)
    this.state.setAccount(entry, { ...(entry.current ?? NEW_ACCOUNT), ...accountFields(account) })
  }

  async deleteAccount(address: Address): Promise<void> {
    this.state.deleteAccount(await this.loaded(address))
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const entry = await this.loaded(address)
    const before = entry.current ?? NEW_ACCOUNT
    this.state.setAccount(entry, {
      ...before,
      nonce: fields.nonce ?? before.nonce,
      balance: fields.balance ?? before.balance,
      codeHash: fields.codeHash === undefined ? before.codeHash : asHash(fields.codeHash),
    })
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    this.state.setCode(await this.loaded(address), code, asHash(this.keccak(code)))
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.state.code(await this.loaded(address))
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return wordToTrimmedBytes(await this.state.slot(await this.loaded(address), bytesToWord(key)))
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const entry = await this.loaded(address)
    const slot = bytesToWord(key)
    this.state.setSlot(entry, slot, await this.state.slot(entry, slot), bytesToWord(value))
  }

  async clearStorage(address: Address): Promise<void> {
    this.state.clearStorage(await this.loaded(address))
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

  async getStateRoot(): Promise<Uint8Array> {
    return this.intermediateRoot()
  }

  async setStateRoot(): Promise<never> {
    throw new Error('a flat state belongs to one parent state root; make a new one instead')
  }

  async hasStateRoot(): Promise<never> {
    throw new Error('a flat state knows no roots; ask the state trie')
  }

  clearCaches(): void {}

  shallowCopy(): never {
    throw new Error('a flat state is not copied; make a new one over the same reader')
  }

  private async originalStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const entry = await this.loaded(address)
    const slot = bytesToWord(key)
    return wordToTrimmedBytes(this.state.originalSlot(entry, slot, await this.state.slot(entry, slot)))
  }

  private async loaded(address: Address): Promise<AccountEntry> {
    const entry = this.state.entry(bytesToWord(address.bytes))
    await this.state.load(entry)
    return entry
  }
}
