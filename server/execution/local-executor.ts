/** What blocks and calls come to on the states of a local chain: witnesses, prestates, access lists. */
import type { Hash } from '../../src/chain/bytes.ts'
import type { Clock } from '../../src/chain/clock.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { MessageCall } from '../../src/network/on-demand/rpc-access-list.ts'
import { DataFaultError } from '../../src/state/data-fault.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import { createAccessList } from './access-list.ts'
import type { StoredBlock } from './chain-store.ts'
import {
  UnavailableError,
  type AccessListResult,
  type ExecutionHeader,
  type TransactionPrestate,
  type Witness,
} from './execution-source.ts'
import type { HeldChain } from './held-chain.ts'
import { KeptAnswers } from './kept-answers.ts'
import { BLOCK_HASH_REACH, makeWitness } from './make-witness.ts'
import { politely } from './polite-reader.ts'
import { tracePrestates } from './trace-prestates.ts'
import { WitnessDesk } from './witness-desk.ts'

/** Calls executed at a time for access lists, and blocks for traces: each runs for seconds at the worst, by turns with everything else. */
const MAX_CALLS = 4
const TOO_MANY = `${MAX_CALLS} calls are being executed; ask again`

/** Of prestates: of some ten full blocks. Every client that takes hints from traces asks for the newest. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024

export interface LocalExecutorOptions {
  readonly network: ExecutionNetwork
  readonly crypto: WasmCrypto
  readonly clock: Clock
}

/** Always: {@link MAX_CALLS} run at most, and one witness is made at a time. */
export class LocalExecutor {
  readonly #witnesses = new WitnessDesk()
  readonly #prestates = new KeptAnswers<readonly TransactionPrestate[]>({
    sizeOf,
    mostKept: MAX_KEPT_BYTES,
    mostMaking: MAX_CALLS,
    refusal: TOO_MANY,
  })
  /** Being executed for access lists and traces. */
  #calls = 0

  constructor(
    private readonly chain: HeldChain,
    private readonly options: LocalExecutorOptions,
  ) {}

  witness(blockHash: Hash): Witness | undefined | Promise<Witness> {
    const stored = this.chain.blocks.block(blockHash)
    return stored && this.#witnesses.get(blockHash, () => this.#makeWitness(stored))
  }

  /** By these rules: of a block that is invalid, what it comes to here. */
  async prestates(blockHash: Hash): Promise<readonly TransactionPrestate[] | undefined> {
    const { chain } = this
    const block = chain.blocks.block(blockHash)?.block
    if (block === undefined) return undefined
    const parent = chain.blocks.block(block.parentHash)?.block
    if (parent === undefined) throw new UnavailableError(`block ${block.number} has no parent here to be executed on`)
    chain.stateAfter(parent)
    const { network, crypto } = this.options
    const state = { nodes: chain.states, codes: chain.states }
    const input = { network, block, preStateRoot: parent.stateRoot, ancestors: chain.hashesUpTo(parent), state }
    const trace = () => tracePrestates(input, { crypto, around: (reader) => politely(reader, TURNS) })
    return this.#prestates.get(hashKey(blockHash), () => this.#oneOfFew(trace))
  }

  async accessList(block: ExecutionHeader, call: MessageCall, signal?: AbortSignal): Promise<AccessListResult> {
    const { chain } = this
    chain.stateAfter(block)
    const { network, crypto } = this.options
    const input = { network, block, call, state: chain.states, ancestors: chain.hashesUpTo(block), signal }
    return this.#oneOfFew(() => createAccessList(input, crypto))
  }

  async #makeWitness({ block }: StoredBlock): Promise<Witness> {
    const ancestors = this.chain.blocks.ancestorsOf(block, BLOCK_HASH_REACH)
    const [parent] = ancestors
    if (parent === undefined) throw new UnavailableError(`block ${block.number} has no parent here to be executed on`)
    if (this.chain.states.state(parent.hash) === undefined || block.number < this.chain.oldestServed) {
      throw new UnavailableError(`the state that block ${block.number} is executed on is not held any more`)
    }
    const { network, crypto, clock } = this.options
    try {
      return await makeWitness(
        { network, block, ancestors, state: this.chain.states, accepts: 'invalidToo' },
        { crypto, now: () => clock.now(), yieldThread: () => new Promise((resolve) => setImmediate(resolve)) },
      )
    } catch (error) {
      if (error instanceof DataFaultError) throw new UnavailableError(error.message)
      throw error
    }
  }

  async #oneOfFew<T>(execute: () => Promise<T>): Promise<T> {
    if (this.#calls >= MAX_CALLS) throw new UnavailableError(TOO_MANY)
    this.#calls++
    try {
      return await execute()
    } finally {
      this.#calls--
    }
  }
}

const TURNS = { now: () => performance.now(), yieldThread: () => new Promise<void>((resolve) => setImmediate(resolve)) }

/** An account or a slot with its value: a few objects of their own. */
const OBJECT_BYTES = 240

/** A code counts once, however many transactions found it. */
function sizeOf(prestates: readonly TransactionPrestate[]): number {
  const accounts = prestates.flatMap((prestate) => prestate.accounts)
  const objects = accounts.reduce((sum, { slots }) => sum + 1 + slots.length, 0)
  const codes = new Set(accounts.map(({ code }) => code))
  return [...codes].reduce((sum, code) => sum + (code?.length ?? 0), objects * OBJECT_BYTES)
}
