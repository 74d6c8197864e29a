/**
 * The block in order on what is known and guessed: transactions that run on what others leave behind touch keys that no
 * run on the parent state finds. Nothing of what comes out counts; what was missing is worth fetching.
 */
import { EthereumJSError } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { AccountValue, FlatReader } from '../../state/flat-reader.ts'
import { executePrepared, InvalidBlockError, type EarlierResults, type ExecutionTools } from '../block/execute-block.ts'
import type { PreparedBlock } from '../block/prepare-block.ts'
import { EMPTY_TRIE_ROOT } from '../state/account-entry.ts'
import { bytesToWord } from '../words.ts'
import { RunStoppedError, type GuessingReader } from './guessing-reader.ts'
import type { MissingValue } from './missing-values.ts'

/** @param reader with what it is allowed for the whole block */
export async function rehearse(
  prepared: PreparedBlock,
  reader: GuessingReader,
  tools: ExecutionTools,
  earlier: EarlierResults,
): Promise<MissingValue[]> {
  const noting = new NotingReader(reader)
  const state = { reader: noting, intermediateRoot: async () => EMPTY_TRIE_ROOT }
  try {
    await executePrepared(prepared, state, tools, earlier)
  } catch (error) {
    // As far as it came: a guess may well make an invalid block of a valid one.
    if (!OUTCOMES.some((outcome) => error instanceof outcome)) throw error
  }
  return noting.missing()
}

const OUTCOMES = [InvalidBlockError, RunStoppedError, DataFaultError, EthereumJSError]

/** Always: each value that was guessed is named once; slots and codes of unknown accounts are left out, they may have none. */
class NotingReader implements FlatReader {
  private readonly values = new Map<string, MissingValue>()

  constructor(private readonly reader: GuessingReader) {}

  missing(): MissingValue[] {
    return [...this.values.values()]
  }

  account(address: AddressBytes): AccountValue | undefined {
    if (!this.reader.knowsAccount(address)) this.note('account', { kind: 'account', address })
    return this.reader.account(address)
  }

  storage(address: AddressBytes, slot: Uint8Array): Uint8Array {
    if (this.reader.knowsAccount(address) && !this.reader.knowsSlot(address, bytesToWord(slot)))
      this.note(`slot ${bytesToWord(slot)}`, { kind: 'storage', address, slot })
    return this.reader.storage(address, slot)
  }

  code(codeHash: Hash, address: AddressBytes): Uint8Array {
    const missing = this.reader.missingCode(address)
    if (missing !== undefined)
      this.note('code', { kind: 'code', address, codeHash: missing === 'unknown' ? undefined : missing })
    return this.reader.code(codeHash)
  }

  private note(what: string, value: MissingValue): void {
    this.values.set(`${bytesToWord(value.address)} ${what}`, value)
  }
}
