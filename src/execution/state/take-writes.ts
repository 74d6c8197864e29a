/** What execution changed since it was last asked, as final values: what the owner of the trie has to apply. */
import { bytesToHex, bytesToUnprefixedHex } from '@ethereumjs/util'
import type { AccountValue } from '../../state/flat-reader.ts'
import type { AccountWrite, StateWrites } from '../../state/state-writes.ts'
import { equalBytes, MASK_256, wordToBytes32, wordToTrimmedBytes } from '../words.ts'
import { hasNoCode, type AccountEntry } from './account-entry.ts'
import type { FlatState } from './flat-state.ts'

/** No chain has more than 2^256 - 1 wei or less than none, so the state or the block that execution began on is made up. */
export class ImpossibleBalanceError extends Error {
  override name = 'ImpossibleBalanceError'
  constructor({ address, current }: AccountEntry) {
    super(`account ${bytesToHex(address)} would have ${current?.balance} wei; expected 0 to 2^256 - 1`)
  }
}

/**
 * Takes the changes of all transactions so far: they become the state that later changes are compared with. Values that
 * ended where they began are left out, so that applying them asks the trie for no path that execution did not read.
 * @throws {ImpossibleBalanceError}
 */
export function takeWrites(state: FlatState): StateWrites {
  const writes: StateWrites = { accounts: new Map(), codes: new Map() }
  for (const entry of state.changedEntries()) {
    const write = takeEntry(entry)
    if (write === undefined) continue
    writes.accounts.set(bytesToUnprefixedHex(entry.address), write)
    if (write.kind === 'updated' && !hasNoCode(entry.current!)) addCode(writes, state, entry)
  }
  state.forgetChanges()
  return writes
}

function takeEntry(entry: AccountEntry): AccountWrite | undefined {
  const { base, current } = entry
  const slots = takeSlots(entry)
  const cleared = entry.storageCleared && base !== undefined
  entry.base = current
  entry.storageCleared = false
  if (current === undefined) return base === undefined ? undefined : { kind: 'deleted' }
  if (current.balance < 0n || current.balance > MASK_256) throw new ImpossibleBalanceError(entry)
  if (base !== undefined && equalFields(base, current) && slots.size === 0 && !cleared) return undefined
  return {
    kind: 'updated',
    nonce: current.nonce,
    balance: current.balance,
    codeHash: current.codeHash,
    storage: { kind: cleared ? 'cleared' : 'kept', slots },
  }
}

function equalFields(a: AccountValue, b: AccountValue): boolean {
  return a.nonce === b.nonce && a.balance === b.balance && equalBytes(a.codeHash, b.codeHash)
}

function takeSlots(entry: AccountEntry): Map<string, Uint8Array> {
  const slots = new Map<string, Uint8Array>()
  for (const [slot, value] of entry.written) {
    const before = entry.baseSlots.get(slot) ?? (entry.storageHidden ? 0n : undefined)
    if (value !== before) slots.set(bytesToUnprefixedHex(wordToBytes32(slot)), wordToTrimmedBytes(value))
    entry.baseSlots.set(slot, value)
  }
  entry.written = new Map()
  return slots
}

function addCode(writes: StateWrites, state: FlatState, entry: AccountEntry): void {
  const hash = bytesToUnprefixedHex(entry.current!.codeHash)
  const code = state.createdCode(hash)
  if (code !== undefined) writes.codes.set(hash, code)
}
