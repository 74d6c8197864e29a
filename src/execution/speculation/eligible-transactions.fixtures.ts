/**
 * Which transactions of a block could be adopted as far as storage goes: those that read no slot which an earlier
 * transaction of another sender has changed. Found by running the block in order and looking at slots only.
 */
import { runTx } from '@ethereumjs/vm'
import { createEngine, prepareBlock } from '../block/prepare-block.ts'
import { callBeforeTransactions } from '../block/system-calls.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { EMPTY_TRIE_ROOT, type AccountEntry } from '../state/account-entry.ts'
import { FlatState } from '../state/flat-state.ts'
import type { StateReads } from '../state/state-reads.ts'
import type { RecordedBlock } from './rounds.fixtures.ts'

/** Positions in the block. For blocks since Byzantium. */
export async function eligibleTransactions({ job, openState }: RecordedBlock): Promise<Set<number>> {
  const crypto = await loadWasmCrypto()
  const prepared = await prepareBlock(job, crypto)
  const { block } = prepared
  const state = new FlatState(openState())
  const engine = await createEngine(prepared, state, async () => EMPTY_TRIE_ROOT, crypto)
  await callBeforeTransactions(engine)
  const changedBy = new Map<string, Set<string>>()
  const eligible = new Set<number>()
  let blockGasUsed = 0n
  for (const [index, tx] of block.transactions.entries()) {
    const sender = tx.getSenderAddress().toString()
    const slots = new SlotReads()
    state.reads = slots
    const { totalGasSpent } = await runTx(engine.vm, { tx, block, blockGasUsed })
    state.reads = undefined
    blockGasUsed += totalGasSpent
    const conflicts = [...slots.read.keys()].some((name) =>
      [...(changedBy.get(name) ?? [])].some((by) => by !== sender),
    )
    if (!conflicts) eligible.add(index)
    for (const [name, { entry, slot, before }] of slots.read) {
      if ((await state.slot(entry, slot)) === before) continue
      const changers = changedBy.get(name) ?? new Set()
      changedBy.set(name, changers.add(sender))
    }
  }
  return eligible
}

class SlotReads implements StateReads {
  readonly read = new Map<string, { readonly entry: AccountEntry; readonly slot: bigint; readonly before: bigint }>()

  slot(entry: AccountEntry, slot: bigint, value: bigint): void {
    const name = `${entry.key} ${slot}`
    if (!this.read.has(name)) this.read.set(name, { entry, slot, before: value })
  }

  readonly account = ignore
  readonly nonce = ignore
  readonly codeHash = ignore
  readonly code = ignore
  readonly storageRoot = ignore
  readonly existence = ignore
  readonly balance = ignore
  readonly sufficiency = ignore
  readonly room = ignore
  readonly deadness = ignore
  readonly creation = ignore
  readonly cleanUp = ignore
  readonly forget = ignore
  readonly giveUp = ignore
}

function ignore(): void {}
