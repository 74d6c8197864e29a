/** geth's prestateTracer (eth/tracers/native): what a transaction finds, and with `diffMode` what it makes of it. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import type { AccountValue, MaybePromise } from '../../../state/flat-reader.ts'
import { hasNoCode, NO_CODE, type AccountEntry } from '../../state/account-entry.ts'
import type { FlatState } from '../../state/flat-state.ts'
import { equalBytes, wordToBytes32 } from '../../words.ts'
import { FoundValues, type FoundAccount } from './found-values.ts'
import type { TraceSize } from './trace-size.ts'
import type { Json, TracedTransaction, Tracer } from './tracer.ts'

export interface PrestateOptions {
  readonly mode: 'prestate' | 'diff'
  readonly code: 'told' | 'leftOut'
  readonly storage: 'told' | 'leftOut'
  /** Accounts that do not exist before the transaction, or are empty. */
  readonly empty: 'told' | 'leftOut'
}

/** Bytecode by its hash, of the state or made since. */
export type CodeLookup = (hash: Hash, address: AddressBytes) => MaybePromise<Uint8Array>

/** Units of an account's JSON without its code and storage, and of a slot's. */
const ACCOUNT_SIZE = 160
const SLOT_SIZE = 140

type Shown = Record<string, Json>

export class PrestateTracer implements Tracer {
  readonly tracing = undefined
  readonly reads = new FoundValues()

  constructor(
    private readonly options: PrestateOptions,
    private readonly codeOf: CodeLookup,
    private readonly size: TraceSize,
  ) {}

  async result(_: TracedTransaction, state: FlatState): Promise<Json> {
    const found = this.reads.accounts()
    if (this.options.mode === 'diff') return this.difference(found, state)
    const shown: Shown = {}
    for (const [, account] of found) {
      if (this.options.empty === 'told' || !isEmpty(account)) {
        shown[bytesToHex(account.address)] = await this.accountJson(account, account.slots)
      }
    }
    return shown
  }

  private async difference(found: readonly (readonly [AccountEntry, FoundAccount])[], state: FlatState): Promise<Json> {
    const pre: Shown = {}
    const post: Shown = {}
    for (const [entry, account] of found) {
      const { before, after } = await this.changedSlots(entry, account, state)
      const fields = await this.changedFields(account.value, entry)
      const isDeleted = entry.current === undefined && account.value !== undefined
      if (!isDeleted && before.size === 0 && after.size === 0 && Object.keys(fields).length === 0) continue
      const name = bytesToHex(account.address)
      if (!isEmpty(account) || this.options.empty === 'told') pre[name] = await this.accountJson(account, before)
      if (!isDeleted) post[name] = { ...fields, ...this.storageJson(after) }
    }
    return { post, pre }
  }

  /** Slots that ended as something else; zeros are not shown on either side. */
  private async changedSlots(entry: AccountEntry, { slots }: FoundAccount, state: FlatState) {
    const before = new Map<bigint, bigint>()
    const after = new Map<bigint, bigint>()
    if (this.options.storage === 'leftOut') return { before, after }
    for (const [slot, value] of slots) {
      const now = entry.current === undefined ? 0n : await state.slot(entry, slot)
      if (now === value) continue
      if (value !== 0n) before.set(slot, value)
      if (now !== 0n) after.set(slot, now)
    }
    return { before, after }
  }

  private async changedFields(before: AccountValue | undefined, { current, address }: AccountEntry): Promise<Shown> {
    const [balance, nonce] = [current?.balance ?? 0n, current?.nonce ?? 0n]
    const hasNewCode =
      current !== undefined &&
      (before === undefined ? !hasNoCode(current) : !equalBytes(before.codeHash, current.codeHash))
    return {
      ...(balance !== (before?.balance ?? 0n) && { balance: quantity(balance) }),
      ...(nonce !== (before?.nonce ?? 0n) && { nonce: Number(nonce) }),
      ...(hasNewCode && this.options.code === 'told' && { code: bytesToHex(await this.code(current, address)) }),
    }
  }

  /** Numbers that are zero, code and storage that there are none of are left out; the nonce is no QUANTITY, as in geth. */
  private async accountJson({ value, address }: FoundAccount, slots: ReadonlyMap<bigint, bigint>): Promise<Json> {
    this.size.add(ACCOUNT_SIZE)
    const code = this.options.code === 'told' ? await this.code(value, address) : NO_CODE
    return {
      balance: quantity(value?.balance ?? 0n),
      ...(value !== undefined && value.nonce > 0n && { nonce: Number(value.nonce) }),
      ...(code.length > 0 && { code: bytesToHex(code) }),
      ...(this.options.storage === 'told' && this.storageJson(slots)),
    }
  }

  private async code(value: AccountValue | undefined, address: AddressBytes): Promise<Uint8Array> {
    if (value === undefined || hasNoCode(value)) return NO_CODE
    const code = await this.codeOf(value.codeHash, address)
    this.size.add(2 * code.length)
    return code
  }

  private storageJson(slots: ReadonlyMap<bigint, bigint>): { storage?: Json } {
    this.size.add(slots.size * SLOT_SIZE)
    return storageJson(slots)
  }
}

function storageJson(slots: ReadonlyMap<bigint, bigint>): { storage?: Json } {
  if (slots.size === 0) return {}
  const entries = Array.from(slots, ([slot, value]) => [
    bytesToHex(wordToBytes32(slot)),
    bytesToHex(wordToBytes32(value)),
  ])
  return { storage: Object.fromEntries(entries) as Json }
}

function isEmpty({ value }: FoundAccount): boolean {
  return value === undefined || (value.nonce === 0n && value.balance === 0n && hasNoCode(value))
}

const quantity = (value: bigint): string => `0x${value.toString(16)}`
