/** The states that a block access list tells, held against those that execution in order passes through. */
import { runTx } from '@ethereumjs/vm'
import { expect } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { keysOfAccessList } from '../../network/on-demand/likely-keys.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { ExecutionJob } from '../block/execute-block.ts'
import { createEngine, prepareBlock } from '../block/prepare-block.ts'
import { callBeforeTransactions } from '../block/system-calls.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../state/account-entry.ts'
import { FlatState } from '../state/flat-state.ts'
import { bytesToWord } from '../words.ts'
import { ListedChanges } from './listed-changes.ts'

/** @returns accounts and slots that were compared, over all transactions, and those of them that the block had changed by then */
export async function compareListedStates(
  job: ExecutionJob,
  accessList: Uint8Array,
  openState: () => FlatReader,
): Promise<{ readonly compared: number; readonly changed: number }> {
  const crypto = await loadWasmCrypto()
  const prepared = await prepareBlock(job, crypto)
  const state = new FlatState(openState())
  const parent = openState()
  const engine = await createEngine(prepared, state, async () => EMPTY_TRIE_ROOT, crypto)
  const listed = ListedChanges.decode(accessList, crypto.keccak)!
  const keys = keysOfAccessList(accessList)
  const counts = { compared: 0, changed: 0 }
  await callBeforeTransactions(engine)
  for (const [index, tx] of prepared.block.transactions.entries()) {
    for (const { address, slots } of keys) {
      const key = bytesToWord(address)
      const entry = state.entry(key)
      // Some are listed that nobody has read, as a call to them could not begin.
      if (!(await isKnown(() => state.load(entry)))) continue
      const before = await parent.account(asAddress(address))
      const account = listed.account(key, index + 1, before)
      const where = `before transaction ${index}, account ${key.toString(16)}`
      expect(fields(account), where).toEqual(fields(entry.current))
      counts.compared += 1
      if (account !== before) counts.changed += 1
      const codeHash = account?.codeHash ?? EMPTY_CODE_HASH
      const code = listed.code(codeHash)
      if (code !== undefined) expect(crypto.keccak(code), where).toEqual(codeHash)
      for (const word of slots) {
        const slot = bytesToWord(word)
        const own = listed.slot(key, slot, index + 1)
        if (own === undefined && !(await isKnown(() => state.slot(entry, slot)))) continue
        const value = own ?? bytesToWord(await parent.storage(asAddress(address), word))
        expect(value, `${where}, slot ${slot}`).toBe(await state.slot(entry, slot))
        counts.compared += 1
        if (own !== undefined) counts.changed += 1
      }
    }
    await runTx(engine.vm, { tx, block: prepared.block, blockGasUsed: 0n })
  }
  return counts
}

/** Where storage begins in the block, its root is nobody's. */
function fields(account: Awaited<ReturnType<FlatReader['account']>>) {
  if (account === undefined) return undefined
  const { nonce, balance, codeHash } = account
  return { nonce, balance, codeHash }
}

async function isKnown(read: () => unknown): Promise<boolean> {
  try {
    await read()
    return true
  } catch (error) {
    if (error instanceof DataFaultError) return false
    throw error
  }
}
