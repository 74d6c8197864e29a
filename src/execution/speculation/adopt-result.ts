/** Takes a transaction's earlier result for a run of it, where all that it read is still so. */
import { hasNoStorage, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, isEmptyAccount, NEW_ACCOUNT } from '../state/account-entry.ts'
import type { AccessRecorder } from '../state/access-recorder.ts'
import type { FlatState } from '../state/flat-state.ts'
import { equalBytes } from '../words.ts'
import type { AccountEffect, StateRead, StepResult } from './transaction-result.ts'

/**
 * True, and the state is what running the transaction would have made of it; or false, and the state is as before. Asks the
 * state for what a run would ask for, in the same order, and for nothing else.
 * @throws {DataFaultError} where the run would
 */
export async function adoptResult(
  state: FlatState,
  accesses: AccessRecorder | undefined,
  result: StepResult,
): Promise<boolean> {
  for (const read of result.reads) {
    const holds = stillHolds(state, read)
    if (!(holds instanceof Promise ? await holds : holds)) return false
  }
  state.checkpoint()
  for (const effect of result.effects) applyEffect(state, effect)
  for (const key of result.emptied) {
    const entry = state.entry(key)
    if (entry.current !== undefined && isEmptyAccount(entry.current)) state.deleteAccount(entry)
  }
  state.commit()
  state.resetTransaction()
  for (const { key, slots } of accesses === undefined ? [] : (result.accessed ?? [])) {
    const entry = state.entry(key)
    accesses!.account(entry)
    for (const slot of slots) accesses!.slot(entry, slot)
  }
  return true
}

function stillHolds(state: FlatState, read: StateRead): boolean | Promise<boolean> {
  const entry = state.entry(read.key)
  const { current } = entry
  switch (read.kind) {
    case 'account': {
      const loading = state.load(entry)
      return loading === undefined ? true : loading.then(() => true)
    }
    case 'nonce':
      return (current?.nonce ?? 0n) === read.value
    case 'balance': {
      const balance = current?.balance ?? 0n
      return balance >= read.min && balance <= read.max
    }
    case 'codeHash':
      return equalBytes(current?.codeHash ?? EMPTY_CODE_HASH, read.hash)
    case 'code': {
      const code = state.code(entry)
      return code instanceof Promise ? code.then(() => true) : true
    }
    case 'storageRoot':
      return (current === undefined || hasNoStorage(current)) === read.empty
    case 'existence':
      return (current !== undefined) === read.exists
    case 'slot': {
      const value = state.slot(entry, read.slot)
      return value instanceof Promise ? value.then((word) => word === read.value) : value === read.value
    }
  }
}

function applyEffect(state: FlatState, effect: AccountEffect): void {
  const entry = state.entry(effect.key)
  if (effect.kind === 'deleted') return state.deleteAccount(entry)
  const { nonce, balanceAdded, code, storage, slots } = effect
  if (storage === 'cleared') state.clearStorage(entry)
  const before = entry.current ?? NEW_ACCOUNT
  state.setAccount(entry, {
    nonce: nonce ?? before.nonce,
    balance: before.balance + balanceAdded,
    codeHash: before.codeHash,
    storageRoot: storage === 'cleared' ? EMPTY_TRIE_ROOT : before.storageRoot,
  })
  if (code !== undefined) state.setCode(entry, code.bytes, code.hash)
  for (const [slot, value] of slots) {
    // Read before: with the reads where the storage is kept; known to be zero where it is not.
    const current = state.slot(entry, slot)
    if (current instanceof Promise) throw new Error('a slot is written that was not read')
    state.setSlot(entry, slot, current, value)
  }
}
