/**
 * What each transaction of a block finds: the accounts and slots that it touches, as they are before it. This is what geth's
 * prestate tracer tells (eth/tracers/native/prestate.go), seen through the reads of our own engine: an account counts once
 * it is loaded, a slot once it is read, and whatever is written is read before.
 */
import { Hardfork } from '@ethereumjs/common'
import { bytesToUnprefixedHex, EthereumJSError } from '@ethereumjs/util'
import { runTx } from '@ethereumjs/vm'
import { asHash, type AddressBytes, type Hash } from '../../src/chain/bytes.ts'
import { UnsupportedForkError } from '../../src/chain/execution-common.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import { messageOf } from '../../src/chain/thrown.ts'
import { applyDaoFork } from '../../src/execution/block/dao-fork.ts'
import { InvalidBlockError } from '../../src/execution/block/invalid-block-error.ts'
import { createEngine, prepareBlock } from '../../src/execution/block/prepare-block.ts'
import { decodeRawHeader } from '../../src/execution/block/raw-block.ts'
import { callBeforeTransactions, SystemCallError } from '../../src/execution/block/system-calls.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { EMPTY_TRIE_ROOT, hasNoCode, NO_CODE, type AccountEntry } from '../../src/execution/state/account-entry.ts'
import { FlatState } from '../../src/execution/state/flat-state.ts'
import type { StateReads } from '../../src/execution/state/state-reads.ts'
import { wordToBytes32 } from '../../src/execution/words.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { DataFaultError } from '../../src/state/data-fault.ts'
import type { AccountValue, FlatReader } from '../../src/state/flat-reader.ts'
import { StateTrie } from '../../src/state/state-trie.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import {
  UnavailableError,
  type AccountPrestate,
  type ExecutionBlock,
  type TransactionPrestate,
} from './execution-source.ts'

export interface PrestateInput {
  readonly network: ExecutionNetwork
  readonly block: ExecutionBlock
  /** State root of its parent. */
  readonly preStateRoot: Hash
  /** Hashes of ancestors by number, for BLOCKHASH. */
  readonly ancestors: ReadonlyMap<number, Hash>
  /** Of the parent's state. */
  readonly state: { readonly nodes: NodeSource; readonly codes: CodeSource }
}

export interface PrestateTools {
  readonly crypto: WasmCrypto
  /** Put between execution and the state; default: nothing. */
  readonly around?: (reader: FlatReader) => FlatReader
}

/**
 * Runs the block in order and compares nothing with its header: of a block that is invalid it tells what it comes to here.
 * @throws {UnavailableError} where the state is not held whole, or the block can be executed by nobody, or not by these rules
 */
export async function tracePrestates(input: PrestateInput, tools: PrestateTools): Promise<TransactionPrestate[]> {
  try {
    return await trace(input, tools)
  } catch (error) {
    if (!OUTCOMES.some((outcome) => error instanceof outcome)) throw error
    throw new UnavailableError(`block ${input.block.number} cannot be executed here: ${messageOf(error)}`)
  }
}

/** What execution says of a block, or of the state under it. */
const OUTCOMES = [DataFaultError, InvalidBlockError, SystemCallError, EthereumJSError, UnsupportedForkError]

async function trace(
  { network, block, preStateRoot, ancestors, state }: PrestateInput,
  { crypto, around = (reader) => reader }: PrestateTools,
): Promise<TransactionPrestate[]> {
  const { keccak } = crypto
  const position = decodeRawHeader(block.header, keccak)
  const prepared = await prepareBlock({ network, block: block.rlp, position, ancestors, engine: 'tuned' }, crypto)
  const flat = new FlatState(around(new StateTrie({ root: preStateRoot, ...state, keccak })))
  // Receipts from before Byzantium hold state roots, which nobody looks at here.
  const engine = await createEngine(prepared, flat, async () => EMPTY_TRIE_ROOT, crypto)
  const { common, header, transactions } = engine.block
  if (common.hardforkBlock(Hardfork.Dao) === header.number) await applyDaoFork(flat)
  await callBeforeTransactions(engine)
  const codeOf = (hash: Hash) => flat.createdCode(bytesToUnprefixedHex(hash)) ?? state.codes.code(hash)
  const prestates: TransactionPrestate[] = []
  let blockGasUsed = 0n
  for (const tx of transactions) {
    const found = new FoundValues()
    flat.reads = found
    const { totalGasSpent } = await runTx(engine.vm, { tx, block: engine.block, blockGasUsed })
    flat.reads = undefined
    blockGasUsed += totalGasSpent
    prestates.push({ transaction: asHash(tx.hash()), accounts: found.accounts(codeOf) })
  }
  return prestates
}

interface FoundAccount {
  readonly address: AddressBytes
  readonly value: AccountValue | undefined
  readonly slots: Map<bigint, bigint>
}

/** Always: each account and slot once, in the order of first touch, with the value of then. */
class FoundValues implements StateReads {
  private readonly found = new Map<AccountEntry, FoundAccount>()

  readonly nonce = (entry: AccountEntry): void => this.account(entry)
  readonly codeHash = (entry: AccountEntry): void => this.account(entry)
  readonly code = (entry: AccountEntry): void => this.account(entry)
  readonly storageRoot = (entry: AccountEntry): void => this.account(entry)
  readonly existence = (entry: AccountEntry): void => this.account(entry)
  readonly balance = (entry: AccountEntry): void => this.account(entry)
  readonly sufficiency = (entry: AccountEntry): void => this.account(entry)
  readonly room = (entry: AccountEntry): void => this.account(entry)
  readonly deadness = (entry: AccountEntry): void => this.account(entry)
  /** Comes before the account is loaded, which will be told. */
  readonly creation = nothing
  /** What was touched and never loaded has not been looked at. */
  readonly cleanUp = nothing
  readonly giveUp = nothing

  account(entry: AccountEntry): void {
    this.of(entry)
  }

  slot(entry: AccountEntry, slot: bigint, value: bigint): void {
    const { slots } = this.of(entry)
    if (!slots.has(slot)) slots.set(slot, value)
  }

  forget(entry: AccountEntry): void {
    this.found.delete(entry)
  }

  accounts(codeOf: (hash: Hash) => Uint8Array | undefined): AccountPrestate[] {
    return Array.from(this.found.values(), ({ address, value, slots }) => ({
      address,
      nonce: value?.nonce ?? 0n,
      balance: value?.balance ?? 0n,
      code: value === undefined || hasNoCode(value) ? NO_CODE : codeOf(value.codeHash),
      slots: Array.from(slots, ([slot, word]) => [asHash(wordToBytes32(slot)), word] as const),
    }))
  }

  private of(entry: AccountEntry): FoundAccount {
    let found = this.found.get(entry)
    if (found === undefined) {
      found = { address: entry.address, value: entry.current, slots: new Map() }
      this.found.set(entry, found)
    }
    return found
  }
}

function nothing(): void {}
