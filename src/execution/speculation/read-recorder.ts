/** Notes what one transaction reads of the state it begins on, and says at the end what it has made of it. */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import { EMPTY_CODE_HASH, hasNoCode, hasNoStorage, isEmptyAccount, type AccountEntry } from '../state/account-entry.ts'
import type { FlatState } from '../state/flat-state.ts'
import type { StateReads } from '../state/state-reads.ts'
import { equalBytes, MASK_256 } from '../words.ts'
import type { AccountEffect, StateRead } from './transaction-result.ts'

export interface RecorderOptions {
  /**
   * Who gets the fee, in a transaction without authorizations: EthereumJS fetches the account to add to it, and all it
   * would learn from its absence is where to begin.
   */
  readonly payee: bigint | undefined
  /** Told of addresses that are about to be created at. */
  readonly onCreation: (entry: AccountEntry) => void
}

/**
 * Always: `reads` names each field of an account and each slot at most once, but for a balance, which is named again
 * where its bounds tighten. All of it is told as it was before the transaction, so that what the transaction itself has
 * changed makes no difference.
 */
export class ReadRecorder implements StateReads {
  readonly reads: StateRead[] = []
  private readonly notes = new Map<AccountEntry, Note>()
  private readonly dead = new Set<bigint>()
  private gaveUp = false

  constructor(
    private readonly state: FlatState,
    private readonly options: RecorderOptions,
  ) {}

  account(entry: AccountEntry): void {
    this.note(entry)
  }

  slot(entry: AccountEntry, slot: bigint, value: bigint): void {
    const { slots } = this.note(entry)
    if (slots.has(slot)) return
    slots.set(slot, value)
    this.reads.push({ kind: 'slot', key: entry.key, slot, value })
  }

  nonce(entry: AccountEntry): void {
    const note = this.note(entry)
    if (this.isFirst(note, 'nonce')) this.reads.push({ kind: 'nonce', key: entry.key, value: note.start?.nonce ?? 0n })
  }

  codeHash(entry: AccountEntry): void {
    const note = this.note(entry)
    if (this.isFirst(note, 'codeHash'))
      this.reads.push({ kind: 'codeHash', key: entry.key, hash: note.start?.codeHash ?? EMPTY_CODE_HASH })
  }

  code(entry: AccountEntry): void {
    this.codeHash(entry)
    const note = this.note(entry)
    // Code that the transaction itself has set is not the state's.
    if (note.start === undefined || hasNoCode(note.start) || entry.current?.codeHash !== note.start.codeHash) return
    if (this.isFirst(note, 'code')) this.reads.push({ kind: 'code', key: entry.key })
  }

  storageRoot(entry: AccountEntry): void {
    const note = this.note(entry)
    const empty = note.start === undefined || hasNoStorage(note.start)
    if (this.isFirst(note, 'storageRoot')) this.reads.push({ kind: 'storageRoot', key: entry.key, empty })
  }

  existence(entry: AccountEntry): void {
    if (entry.key === this.options.payee) return
    const note = this.note(entry)
    const exists = note.start !== undefined
    if (this.isFirst(note, 'existence')) this.reads.push({ kind: 'existence', key: entry.key, exists })
  }

  balance(entry: AccountEntry): void {
    const note = this.note(entry)
    const balance = balanceOf(note.start)
    this.bound(note, balance, balance)
  }

  sufficiency(entry: AccountEntry, needed: bigint): void {
    const note = this.note(entry)
    const bound = needed - addedTo(note)
    if (balanceOf(entry.current) >= needed) this.bound(note, bound, note.max)
    else this.bound(note, note.min, bound - 1n)
  }

  room(entry: AccountEntry, added: bigint): void {
    const note = this.note(entry)
    const bound = MASK_256 - added - addedTo(note)
    if (balanceOf(entry.current) + added <= MASK_256) this.bound(note, note.min, bound)
    else this.bound(note, bound + 1n, note.max)
  }

  deadness(entry: AccountEntry): void {
    const note = this.note(entry)
    const { current } = entry
    if (current === undefined || isEmptyAccount(current)) {
      this.nonce(entry)
      this.codeHash(entry)
      this.balance(entry)
      return
    }
    // One reason to be alive is enough, and what the transaction has added is one that needs no read.
    const added = addedTo(note)
    if (added > 0n) return
    if (current.nonce > 0n) this.nonce(entry)
    else if (!hasNoCode(current)) this.codeHash(entry)
    else this.bound(note, 1n - added, note.max)
  }

  creation(entry: AccountEntry): void {
    this.options.onCreation(entry)
  }

  cleanUp(entry: AccountEntry): void {
    // Touched and never loaded: what a clean-up does depends on whether an earlier transaction has loaded it.
    if (!entry.loaded) return this.giveUp()
    this.deadness(entry)
    if (entry.current === undefined || isEmptyAccount(entry.current)) this.dead.add(entry.key)
  }

  forget(entry: AccountEntry): void {
    this.notes.delete(entry)
    this.dead.delete(entry.key)
    for (let i = this.reads.length - 1; i >= 0; i--) if (this.reads[i]!.key === entry.key) this.reads.splice(i, 1)
  }

  giveUp(): void {
    this.gaveUp = true
  }

  /** Whether {@link reads} are all that was read. */
  isWhole(): boolean {
    return !this.gaveUp
  }

  /** Differences between the state before the transaction and now, after it. */
  effects(): AccountEffect[] {
    const effects: AccountEffect[] = []
    for (const note of this.notes.values()) {
      const effect = this.effectOn(note)
      if (effect !== undefined) effects.push(effect)
    }
    return effects
  }

  emptied(): bigint[] {
    return [...this.dead]
  }

  private effectOn(note: Note): AccountEffect | undefined {
    const { entry, start, written } = note
    const end = entry.current
    const { key } = entry
    if (end === undefined) return start === undefined ? undefined : { kind: 'deleted', key }
    // Whoever clears storage puts another map in its place, and a revert puts the first one back.
    const storage = entry.written === written ? 'kept' : 'cleared'
    const nonce = end.nonce === (start?.nonce ?? 0n) ? undefined : end.nonce
    const balanceAdded = end.balance - balanceOf(start)
    const code = equalBytes(end.codeHash, start?.codeHash ?? EMPTY_CODE_HASH) ? undefined : this.codeSet(end.codeHash)
    const slots = storage === 'kept' ? changedSlots(note) : [...entry.written]
    const isChanged =
      start === undefined || nonce !== undefined || balanceAdded !== 0n || code !== undefined || storage === 'cleared'
    if (!isChanged && slots.length === 0) return undefined
    return { kind: 'updated', key, nonce, balanceAdded, code, storage, slots }
  }

  private codeSet(hash: Hash): { readonly hash: Hash; readonly bytes: Uint8Array } {
    if (equalBytes(hash, EMPTY_CODE_HASH)) return { hash, bytes: new Uint8Array(0) }
    const bytes = this.state.createdCode(bytesToUnprefixedHex(hash))
    if (bytes === undefined) throw new Error('an account has got code that nothing in this block has set')
    return { hash, bytes }
  }

  private note(entry: AccountEntry): Note {
    let note = this.notes.get(entry)
    if (note === undefined) {
      if (!entry.loaded) throw new Error('an account was used before it was loaded')
      const { current, written } = entry
      note = { entry, start: current, written, slots: new Map(), seen: new Set(), min: 0n, max: NO_MAXIMUM }
      this.notes.set(entry, note)
      this.reads.push({ kind: 'account', key: entry.key })
    }
    return note
  }

  private isFirst({ seen }: Note, field: Field): boolean {
    if (seen.has(field)) return false
    seen.add(field)
    return true
  }

  private bound(note: Note, min: bigint, max: bigint): void {
    if (min <= note.min && max >= note.max) return
    if (min > note.min) note.min = min
    if (max < note.max) note.max = max
    this.reads.push({ kind: 'balance', key: note.entry.key, min: note.min, max: note.max })
  }
}

/** Made-up states hold more than 2^256 - 1 wei; no bound is also none for them. */
const NO_MAXIMUM = 1n << 512n

type Field = 'nonce' | 'codeHash' | 'code' | 'storageRoot' | 'existence'

interface Note {
  readonly entry: AccountEntry
  /** Before the transaction. */
  readonly start: AccountValue | undefined
  readonly written: Map<bigint, bigint>
  /** Read, as they were before the transaction. A slot is never written that has not been read. */
  readonly slots: Map<bigint, bigint>
  readonly seen: Set<Field>
  min: bigint
  max: bigint
}

const balanceOf = (account: AccountValue | undefined): bigint => account?.balance ?? 0n

/** What the transaction has added to the balance so far. */
const addedTo = ({ entry, start }: Note): bigint => balanceOf(entry.current) - balanceOf(start)

function changedSlots({ entry, slots }: Note): [bigint, bigint][] {
  const changed: [bigint, bigint][] = []
  for (const [slot, before] of slots) {
    const value = entry.written.get(slot)
    if (value !== undefined && value !== before) changed.push([slot, value])
  }
  return changed
}
