/**
 * What a block's execution accessed and changed, for its block access list (EIP-7928).
 *
 * Two observations instead of a journal: an access stays one when its frame is reverted, so accounts and slots are only
 * ever added; and a change is a difference between the values before and after a step of the block, so what was reverted,
 * written back or made and destroyed within a step is no change by itself. Steps are numbered as the EIP does it: 0 is what
 * comes before the transactions, then one for each transaction, and a last one for withdrawals and requests.
 */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { AccountValue } from '../../state/flat-reader.ts'
import { equalBytes } from '../words.ts'
import { EMPTY_CODE_HASH, hasNoCode, NO_CODE, type AccountEntry } from './account-entry.ts'
import type { FlatState } from './flat-state.ts'

/** A value after the step with that number. */
export type Change<T> = readonly [step: number, value: T]

export interface AccountAccess {
  readonly entry: AccountEntry
  /** Slots without changes have been read, or written with what they held. */
  readonly slots: ReadonlyMap<bigint, readonly Change<bigint>[]>
  readonly balances: readonly Change<bigint>[]
  readonly nonces: readonly Change<bigint>[]
  readonly codes: readonly Change<Uint8Array>[]
}

export class AccessRecorder {
  private readonly records = new Map<AccountEntry, AccountRecord>()
  /** Accessed in the step that goes on. */
  private readonly open = new Set<AccountRecord>()

  constructor(private readonly state: FlatState) {}

  account(entry: AccountEntry): void {
    this.record(entry)
  }

  slot(entry: AccountEntry, slot: bigint): void {
    const record = this.record(entry)
    record.openSlots.add(slot)
    if (!record.slots.has(slot)) record.slots.set(slot, [])
  }

  /** For an account that was only lent ({@link FlatState.withBlankAccount}): nothing done to it counts. */
  forget(entry: AccountEntry): void {
    const record = this.records.get(entry)
    if (record === undefined) return
    this.records.delete(entry)
    this.open.delete(record)
  }

  /** Accesses since the last such call, which are forgotten: for a step whose changes somebody else finds. */
  takeAccesses(): { readonly entry: AccountEntry; readonly slots: readonly bigint[] }[] {
    const taken = Array.from(this.open, ({ entry, openSlots }) => ({ entry, slots: [...openSlots] }))
    this.open.clear()
    this.records.clear()
    return taken
  }

  /** Ends a step; steps come in order. */
  close(step: number): void {
    for (const record of this.open) this.closeRecord(record, step)
    this.open.clear()
  }

  /** In the order of access. */
  accounts(): Iterable<AccountAccess> {
    return this.records.values()
  }

  private record(entry: AccountEntry): AccountRecord {
    let record = this.records.get(entry)
    if (record === undefined) {
      record = { entry, slots: new Map(), balances: [], nonces: [], codes: [], openSlots: new Set(), before: 'parent' }
      this.records.set(entry, record)
    }
    this.open.add(record)
    return record
  }

  private closeRecord(record: AccountRecord, step: number): void {
    const { entry } = record
    // Reached, and not read: a call to it could not begin.
    if (!entry.loaded) return
    const before = record.before === 'parent' ? entry.base : record.before.value
    const after = entry.current
    if (balanceOf(before) !== balanceOf(after)) record.balances.push([step, balanceOf(after)])
    if (nonceOf(before) !== nonceOf(after)) record.nonces.push([step, nonceOf(after)])
    if (!equalBytes(codeHashOf(before), codeHashOf(after))) record.codes.push([step, this.codeOf(after)])
    record.before = { value: after }
    for (const slot of record.openSlots) {
      const changes = record.slots.get(slot)!
      // An account that was created or destroyed has another base than the parent's; but then the parent's is empty.
      const base = entry.baseSlots.get(slot) ?? 0n
      const value = entry.written.get(slot) ?? base
      if (value !== (changes.at(-1)?.[1] ?? base)) changes.push([step, value])
    }
    record.openSlots.clear()
  }

  private codeOf(account: AccountValue | undefined): Uint8Array {
    if (account === undefined || hasNoCode(account)) return NO_CODE
    const code = this.state.createdCode(bytesToUnprefixedHex(account.codeHash))
    if (code === undefined) throw new Error('an account has code that neither it had before nor the block made')
    return code
  }
}

interface AccountRecord {
  readonly entry: AccountEntry
  readonly slots: Map<bigint, Change<bigint>[]>
  readonly balances: Change<bigint>[]
  readonly nonces: Change<bigint>[]
  readonly codes: Change<Uint8Array>[]
  /** Accessed in the step that goes on. */
  readonly openSlots: Set<bigint>
  /** The account when the last step with an access of it ended; none has so far: the parent state's. */
  before: 'parent' | { readonly value: AccountValue | undefined }
}

const balanceOf = (account: AccountValue | undefined): bigint => account?.balance ?? 0n
const nonceOf = (account: AccountValue | undefined): bigint => account?.nonce ?? 0n
const codeHashOf = (account: AccountValue | undefined): Uint8Array => account?.codeHash ?? EMPTY_CODE_HASH
