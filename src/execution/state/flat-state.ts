/**
 * The state of one block's execution as flat values over a parent state, with one undo log for everything a revert must
 * take back: accounts, code, slots, warm addresses and slots (EIP-2929), touched accounts (EIP-161), transient storage
 * (EIP-1153). A checkpoint is a position in that log, so checkpoints cost nothing and a revert costs what it undoes.
 *
 * Reads that the parent state must answer go to the `FlatReader`; they return a promise when it does. Nothing here knows
 * about tries: the reader may sit in another thread.
 */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import { asAddress, type Hash } from '../../chain/bytes.ts'
import type { AccountValue, FlatReader, MaybePromise } from '../../state/flat-reader.ts'
import { bytesToWord, wordToAddress, wordToBytes32 } from '../words.ts'
import {
  EMPTY_CODE_HASH,
  NEW_ACCOUNT,
  NO_CODE,
  hasNoCode,
  hasNoStorage,
  isEmptyAccount,
  newEntry,
  type AccountEntry,
} from './account-entry.ts'
import type { StateReads } from './state-reads.ts'

/** RIPEMD-160's address: a touch of it survives a revert, as on mainnet since block 2675119 (EIP-161's addendum). */
const RIPEMD160 = 3n

export class FlatState {
  /** Listens to one transaction at a time; undefined in plain execution. */
  reads: StateReads | undefined

  private readonly entries = new Map<bigint, AccountEntry>()
  private readonly loading = new Map<AccountEntry, Promise<void>>()
  private readonly newCodes = new Map<string, Uint8Array>()
  private readonly dirty = new Set<AccountEntry>()
  private readonly touched = new Set<AccountEntry>()
  private readonly warmed: AccountEntry[] = []
  private readonly withOriginals: AccountEntry[] = []
  private readonly transient = new Map<AccountEntry, Map<bigint, bigint>>()
  private readonly undo: (() => void)[] = []
  private readonly checkpoints: number[] = []

  constructor(private readonly reader: FlatReader) {}

  // --- accounts

  /** The entry of an address, without reading anything. */
  entry(key: bigint): AccountEntry {
    const known = this.entries.get(key)
    if (known !== undefined) return known
    const entry = newEntry(asAddress(wordToAddress(key)), key)
    this.entries.set(key, entry)
    return entry
  }

  /** Makes the entry's account known; a promise when the parent state has to be asked elsewhere. */
  load(entry: AccountEntry): MaybePromise<void> {
    if (entry.loaded) return this.reads?.account(entry)
    const pending = this.loading.get(entry)
    if (pending !== undefined) return pending
    const value = this.reader.account(entry.address)
    if (!(value instanceof Promise)) return this.admitLoaded(entry, value)
    const load = value.then((account) => this.admitLoaded(entry, account)).finally(() => this.loading.delete(entry))
    this.loading.set(entry, load)
    return load
  }

  /**
   * Runs `use` with a blank account in place of `key`, and puts back whatever was there. For the caller of system calls:
   * its account is nobody's, so no parent state has to prove it and nothing done to it counts, while a transaction that
   * pays or reads that address deals with an ordinary account.
   */
  async withBlankAccount<T>(key: bigint, use: (blank: AccountEntry) => Promise<T>): Promise<T> {
    const kept = this.entries.get(key)
    const blank = newEntry(asAddress(wordToAddress(key)), key)
    admitAccount(blank, undefined)
    this.entries.set(key, blank)
    try {
      return await use(blank)
    } finally {
      this.dirty.delete(blank)
      this.touched.delete(blank)
      this.reads?.forget(blank)
      if (kept === undefined) this.entries.delete(key)
      else this.entries.set(key, kept)
    }
  }

  setAccount(entry: AccountEntry, value: AccountValue): void {
    this.reads?.account(entry)
    const before = entry.current
    this.undo.push(() => (entry.current = before))
    entry.current = value
    this.dirty.add(entry)
  }

  setBalance(entry: AccountEntry, balance: bigint): void {
    this.setAccount(entry, { ...(entry.current ?? NEW_ACCOUNT), balance })
  }

  setNonce(entry: AccountEntry, nonce: bigint): void {
    this.setAccount(entry, { ...(entry.current ?? NEW_ACCOUNT), nonce })
  }

  deleteAccount(entry: AccountEntry): void {
    this.clearStorage(entry)
    const { current, code } = entry
    this.undo.push(() => {
      entry.current = current
      entry.code = code
    })
    entry.current = undefined
    entry.code = undefined
    this.dirty.add(entry)
  }

  // --- code

  code(entry: AccountEntry): MaybePromise<Uint8Array> {
    this.reads?.code(entry)
    if (entry.code !== undefined) return entry.code
    if (entry.current === undefined || hasNoCode(entry.current)) return (entry.code = NO_CODE)
    const { codeHash } = entry.current
    const made = this.newCodes.get(bytesToUnprefixedHex(codeHash))
    if (made !== undefined) return (entry.code = made)
    const code = this.reader.code(codeHash, entry.address)
    if (code instanceof Promise) return code.then((bytes) => (entry.code = bytes))
    return (entry.code = code)
  }

  setCode(entry: AccountEntry, code: Uint8Array, codeHash: Hash): void {
    const before = entry.code
    this.undo.push(() => (entry.code = before))
    this.setAccount(entry, {
      ...(entry.current ?? NEW_ACCOUNT),
      codeHash: code.length === 0 ? EMPTY_CODE_HASH : codeHash,
    })
    entry.code = code
    if (code.length > 0) this.newCodes.set(bytesToUnprefixedHex(codeHash), code)
  }

  // --- storage

  slot(entry: AccountEntry, slot: bigint): MaybePromise<bigint> {
    const value = this.currentSlot(entry, slot)
    if (this.reads !== undefined && typeof value === 'bigint') this.reads.slot(entry, slot, value)
    return value
  }

  /** The slot's value when the transaction began; call it only for a slot whose current value has been read. */
  originalSlot(entry: AccountEntry, slot: bigint, current: bigint): bigint {
    return entry.original.get(slot) ?? current
  }

  private currentSlot(entry: AccountEntry, slot: bigint): MaybePromise<bigint> {
    const written = entry.written.get(slot)
    if (written !== undefined) return written
    const base = entry.baseSlots.get(slot)
    if (base !== undefined) return base
    if (entry.storageHidden) return 0n
    const value = this.reader.storage(entry.address, wordToBytes32(slot))
    if (value instanceof Promise) return value.then((bytes) => this.admitSlot(entry, slot, bytes))
    return this.admitSlot(entry, slot, value)
  }

  /** `current` is what {@link slot} answered: a write without a read has no original value to charge by. */
  setSlot(entry: AccountEntry, slot: bigint, current: bigint, value: bigint): void {
    if (!entry.original.has(slot)) {
      if (entry.original.size === 0) this.withOriginals.push(entry)
      entry.original.set(slot, current)
    }
    const { written } = entry
    const before = written.get(slot)
    this.undo.push(() => (before === undefined ? written.delete(slot) : written.set(slot, before)))
    written.set(slot, value)
    this.dirty.add(entry)
  }

  clearStorage(entry: AccountEntry): void {
    this.reads?.account(entry)
    const { written, baseSlots, storageHidden, storageCleared } = entry
    this.undo.push(() => Object.assign(entry, { written, baseSlots, storageHidden, storageCleared }))
    Object.assign(entry, { written: new Map(), baseSlots: new Map(), storageHidden: true, storageCleared: true })
    this.dirty.add(entry)
  }

  transientSlot(entry: AccountEntry, slot: bigint): bigint {
    return this.transient.get(entry)?.get(slot) ?? 0n
  }

  setTransientSlot(entry: AccountEntry, slot: bigint, value: bigint): void {
    const slots = this.transient.get(entry) ?? this.addTransient(entry)
    const before = slots.get(slot) ?? 0n
    this.undo.push(() => slots.set(slot, before))
    slots.set(slot, value)
  }

  // --- access and touch

  warm(entry: AccountEntry): void {
    if (entry.warm) return
    this.undo.push(() => (entry.warm = false))
    entry.warm = true
    this.warmed.push(entry)
  }

  warmSlot(entry: AccountEntry, slot: bigint): void {
    if (entry.warmSlots.has(slot)) return
    if (entry.warmSlots.size === 0) this.warmed.push(entry)
    this.undo.push(() => entry.warmSlots.delete(slot))
    entry.warmSlots.add(slot)
  }

  touch(entry: AccountEntry): void {
    if (this.touched.has(entry)) return
    if (entry.key !== RIPEMD160) this.undo.push(() => this.touched.delete(entry))
    this.touched.add(entry)
  }

  /** Ends a transaction (EIP-161): accounts it touched and left empty are gone. */
  deleteTouchedEmpty(): void {
    for (const entry of this.touched) {
      this.reads?.cleanUp(entry)
      if (entry.current !== undefined && isEmptyAccount(entry.current)) this.deleteAccount(entry)
    }
  }

  /** Forgets what lasts for one transaction only: access, touch, transient storage, original values. */
  resetTransaction(): void {
    for (const entry of this.warmed) {
      entry.warm = false
      entry.warmSlots.clear()
    }
    this.warmed.length = 0
    this.touched.clear()
    this.transient.clear()
    this.resetOriginals()
  }

  resetOriginals(): void {
    for (const entry of this.withOriginals) entry.original.clear()
    this.withOriginals.length = 0
  }

  // --- checkpoints

  checkpoint(): void {
    this.checkpoints.push(this.undo.length)
  }

  commit(): void {
    this.popCheckpoint()
    if (this.checkpoints.length === 0) this.undo.length = 0
  }

  revert(): void {
    const start = this.popCheckpoint()
    while (this.undo.length > start) this.undo.pop()!()
  }

  // --- what execution made

  changedEntries(): Iterable<AccountEntry> {
    return this.dirty
  }

  /** Code set in this block, by the hex of its hash. */
  createdCode(codeHash: string): Uint8Array | undefined {
    return this.newCodes.get(codeHash)
  }

  forgetChanges(): void {
    this.dirty.clear()
  }

  /** Back to the parent state, which is read anew: for a run over a reader that knows more by now. */
  startOver(): void {
    this.resetTransaction()
    for (const kept of [this.entries, this.newCodes, this.dirty]) kept.clear()
    this.undo.length = 0
    this.checkpoints.length = 0
  }

  private admitLoaded(entry: AccountEntry, value: AccountValue | undefined): void {
    admitAccount(entry, value)
    this.reads?.account(entry)
  }

  private addTransient(entry: AccountEntry): Map<bigint, bigint> {
    const slots = new Map<bigint, bigint>()
    this.transient.set(entry, slots)
    return slots
  }

  private admitSlot(entry: AccountEntry, slot: bigint, bytes: Uint8Array): bigint {
    const value = bytesToWord(bytes)
    entry.baseSlots.set(slot, value)
    return value
  }

  private popCheckpoint(): number {
    const start = this.checkpoints.pop()
    if (start === undefined) throw new Error('commit or revert without a checkpoint')
    return start
  }
}

function admitAccount(entry: AccountEntry, value: AccountValue | undefined): void {
  entry.loaded = true
  entry.base = value
  entry.current = value
  entry.storageHidden = value === undefined || hasNoStorage(value)
}
