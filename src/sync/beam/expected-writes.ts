/**
 * What results of runs ahead would empty in storage: enough to see which nodes emptied slots leave alone in their tries, and
 * to fetch those before the root is computed. Wrong expectations cost a request.
 */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { TransactionResult } from '../../execution/speculation/transaction-result.ts'
import { wordToAddress, wordToBytes32, wordToTrimmedBytes } from '../../execution/words.ts'
import { EMPTY_CODE_HASH } from '../../state/state-trie.ts'
import type { AccountWrite, StateWrites } from '../../state/state-writes.ts'

/**
 * Storage alone, of accounts of which a slot ends empty: what else is written there decides what is left alone. Accounts' own
 * fields are made up, which moves no storage.
 */
export function expectedEmptying(results: readonly TransactionResult[]): StateWrites {
  const accounts = new Map<string, AccountWrite>()
  for (const [key, slots] of lastValues(results)) {
    if (![...slots.values()].includes(0n)) continue
    const written = Array.from(slots, ([slot, value]) => {
      return [bytesToUnprefixedHex(wordToBytes32(slot)), wordToTrimmedBytes(value)] as const
    })
    const storage = { kind: 'kept' as const, slots: new Map(written) }
    const write = { kind: 'updated' as const, nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH, storage }
    accounts.set(bytesToUnprefixedHex(wordToAddress(key)), write)
  }
  return { accounts, codes: new Map() }
}

/** By account and slot, as the block's order has it. */
function lastValues(results: readonly TransactionResult[]): ReadonlyMap<bigint, ReadonlyMap<bigint, bigint>> {
  const accounts = new Map<bigint, Map<bigint, bigint>>()
  for (const { effects } of results.toSorted((a, b) => a.index - b.index)) {
    for (const effect of effects) {
      if (effect.kind === 'deleted' || effect.storage === 'cleared') continue
      const slots = accounts.get(effect.key) ?? new Map<bigint, bigint>()
      accounts.set(effect.key, slots)
      for (const [slot, value] of effect.slots) slots.set(slot, value)
    }
  }
  return accounts
}
