/** A chain held in this process: its blocks, and the states of the newest of them. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../src/chain/bytes.ts'
import type { Clock } from '../../src/chain/clock.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { MessageCall } from '../../src/network/on-demand/rpc-access-list.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { DataFaultError } from '../../src/state/data-fault.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH } from '../../src/state/state-trie.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { createAccessList } from './access-list.ts'
import type { BuiltState } from './build-state.ts'
import type { Genesis, HeadChoice, InvalidBlock, NewBlock, SourcedState, TransactionPool } from './chain-input.ts'
import { ChainStore, UnknownBlockError, type StoredBlock } from './chain-store.ts'
import {
  UnavailableError,
  type AccessListResult,
  type AccountProof,
  type ExecutionBlock,
  type ExecutionHeader,
  type ExecutionNews,
  type ExecutionSource,
  type ExecutionStatus,
  type LeafRange,
  type PathKeys,
  type RangeRequest,
  type ServedKinds,
  type TransactionPrestate,
  type Witness,
} from './execution-source.ts'
import { BLOCK_HASH_REACH, makeWitness } from './make-witness.ts'
import { politely } from './polite-reader.ts'
import { readBlock, UnfitBlockError } from './read-block.ts'
import { proveAccount, provePaths, proveRange, readAccount, type ProvenState } from './state-proofs.ts'
import { StateDatabase, type HeldState } from './state/state-database.ts'
import { tracePrestates } from './trace-prestates.ts'
import { WitnessDesk } from './witness-desk.ts'

export interface LocalExecutionOptions {
  readonly network: ExecutionNetwork
  readonly genesis: Genesis<BuiltState | SourcedState>
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** For `web3_clientVersion`. Default: beamtab-devnet. */
  readonly software?: string
  /** Left out: it takes no transactions. */
  readonly pool?: TransactionPool | undefined
}

/** Calls executed at a time for access lists, and blocks for traces: each runs for seconds at the worst, by turns with everything else. */
const MAX_CALLS = 4

/** States served: the head's and those of the blocks before it, as ordinary nodes do (geth, and devp2p's snap/1). */
export const SERVED_STATES = 128
/** States kept: as many again, so that a long reorganization, or a slow reader, finds its parent's state. */
const KEPT_STATES = 256
/**
 * Past this much memory of nodes fewer are kept, down to those served and room for a reorganization of an epoch. A genesis
 * of 100,000 accounts and 300,000 slots has 90 MB; blocks of 450 changed leaves add half a MB each.
 */
const MAX_STATE_BYTES = 192 * 1024 * 1024
const MIN_KEPT_STATES = SERVED_STATES + 32

/**
 * Always: the states of the last {@link SERVED_STATES} canonical blocks can be had whole, whatever is accepted meanwhile;
 * what is served is never younger than the head. All is held in memory and bounded: see {@link ChainStore} and
 * {@link StateDatabase}.
 */
export class LocalExecution implements ExecutionSource {
  readonly network: ExecutionNetwork
  readonly software: string
  readonly #options: LocalExecutionOptions
  readonly #keccak: Keccak
  readonly #chain: ChainStore
  readonly #states: StateDatabase
  readonly #witnesses = new WitnessDesk()
  readonly #listeners = new Set<(news: ExecutionNews) => void>()
  /** Block of the oldest state held; canonical. */
  #oldestState: ExecutionBlock
  /** Being executed for access lists and traces. */
  #calls = 0
  #safe: ExecutionBlock | undefined
  #finalized: ExecutionBlock | undefined

  /** Takes a built genesis state over. @throws {UnfitBlockError} where the state is not the genesis block's */
  constructor(options: LocalExecutionOptions) {
    const { network, genesis, crypto, software = 'beamtab-devnet' } = options
    if (!isSame(genesis.block.stateRoot, genesis.state.root)) {
      throw new UnfitBlockError(
        `the genesis block is of another state than the one given: ${shown(genesis.state.root)}`,
      )
    }
    this.network = network
    this.software = software
    this.#options = options
    this.#keccak = crypto.keccak
    this.#chain = new ChainStore(genesis.block, crypto.keccak)
    this.#oldestState = genesis.block
    this.#states = new StateDatabase(genesis.block.hash, genesis.state, crypto.keccak)
  }

  // --- how the chain grows

  /** Nodes and codes of all states held, for whoever builds the next block. */
  get state(): NodeSource & CodeSource {
    return this.#states
  }

  get head(): ExecutionBlock {
    return this.#chain.head
  }

  /** States, nodes and codes held, and the bytes of the nodes. */
  get size(): StateDatabase['size'] {
    return this.#states.size
  }

  /**
   * Takes a block on any parent whose state is held, whole or not at all; its own state is then held too. The head stays.
   * The block is not executed: that its nodes lead to its stateRoot, and its receipts to its receiptsRoot, is checked. One
   * that is held already is given back.
   * @throws {UnknownBlockError} for a parent that is not held @throws {UnfitBlockError} @throws {BlockEncodingError}
   * @throws {DataFaultError} where `nodes` and `codes` do not make up the state @throws {UnknownStateError} for a parent
   *   without a state
   */
  accept(fresh: NewBlock): ExecutionBlock {
    const block = this.#read(fresh)
    if (this.#chain.held(block.hash) !== undefined) return block
    const { stateRoot: root, parentHash: parent, hash: id } = block
    this.#states.add({ id, root, parent, nodes: fresh.nodes, codes: fresh.codes })
    this.#chain.add(block, fresh.receipts, fresh.accessList)
    return block
  }

  /**
   * Takes a block whose stateRoot is the root of nothing, as a faulty producer makes them. It is served, and its witness
   * shows what is wrong with it; a state after it cannot be had, nor can a block on top of it.
   * @throws {UnknownBlockError} @throws {UnfitBlockError} @throws {BlockEncodingError}
   */
  acceptInvalid(fresh: InvalidBlock): ExecutionBlock {
    const block = this.#read(fresh)
    this.#chain.add(block, fresh.receipts, fresh.accessList)
    return block
  }

  /**
   * Makes a block that was accepted the head of the canonical chain, on whatever branch it is, and tells so.
   * @throws {UnknownBlockError} where one of the blocks is not held, or the branch leaves the chain before the oldest
   *   state; nothing has changed then
   */
  setHead({ head, safe, finalized }: HeadChoice): void {
    const [safeBlock, finalizedBlock] = [this.#accepted(safe), this.#accepted(finalized)]
    const { added, removed } = this.#chain.setHead(head, this.#oldestState.number)
    this.#safe = safeBlock ?? this.#safe
    this.#finalized = finalizedBlock ?? this.#finalized
    this.#dropStates()
    if (added.length > 0 || removed.length > 0) this.#tell({ kind: 'head', head: this.head, added, removed })
  }

  // --- what is served

  status(): ExecutionStatus {
    const { genesis, head } = this.#chain
    return { genesisHash: genesis.hash, head, safe: this.#safe, finalized: this.#finalized, serves: this.#serves() }
  }

  headerByHash(hash: Hash): ExecutionHeader | undefined {
    return this.blockByHash(hash)
  }

  headerByNumber(number: number): ExecutionHeader | undefined {
    return this.blockByNumber(number)
  }

  blockByHash(hash: Hash): ExecutionBlock | undefined {
    return this.#chain.block(hash)?.block
  }

  blockByNumber(number: number): ExecutionBlock | undefined {
    return this.#chain.blockAt(number)?.block
  }

  receipts(blockHash: Hash): readonly Uint8Array[] | undefined {
    const stored = this.#chain.block(blockHash)
    return stored && this.#chain.receipts(stored)
  }

  locateTransaction(hash: Hash): { readonly blockHash: Hash; readonly index: number } | undefined {
    return this.#chain.locateTransaction(hash)
  }

  blockAccessList(blockHash: Hash): Uint8Array | undefined {
    return this.#chain.block(blockHash)?.accessList
  }

  nodes(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[] {
    return hashes.map((hash) => this.#states.node(hash))
  }

  codes(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[] {
    return hashes.map((hash) => (isSame(hash, EMPTY_CODE_HASH) ? NO_CODE : this.#states.code(hash)))
  }

  witness(blockHash: Hash): Witness | undefined | Promise<Witness> {
    const stored = this.#chain.block(blockHash)
    return stored && this.#witnesses.get(blockHash, () => this.#makeWitness(stored))
  }

  paths(stateRoot: Hash, keys: readonly PathKeys[]): readonly Uint8Array[] {
    return provePaths(this.#proven(this.#stateWithRoot(stateRoot)), keys)
  }

  accountProof(block: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): AccountProof {
    return proveAccount(this.#proven(this.#stateAfter(block)), address, slots)
  }

  codeOf(block: ExecutionHeader, address: AddressBytes): Uint8Array {
    const account = readAccount(this.#proven(this.#stateAfter(block)), address)
    if (account === undefined || isSame(account.codeHash, EMPTY_CODE_HASH)) return NO_CODE
    const code = this.#states.code(account.codeHash)
    if (code === undefined) throw new Error(`the code ${shown(account.codeHash)} of a state that is held is not`)
    return code
  }

  range(request: RangeRequest): LeafRange {
    const state = this.#stateWithRoot(request.stateRoot)
    return proveRange(this.#proven(state), request, this.#states.leaves(state.id, request.account, request.origin))
  }

  /** By these rules: of a block that is invalid, what it comes to here. */
  async prestates(blockHash: Hash): Promise<readonly TransactionPrestate[] | undefined> {
    const block = this.blockByHash(blockHash)
    if (block === undefined) return undefined
    const parent = this.blockByHash(block.parentHash)
    if (parent === undefined) throw new UnavailableError(`block ${block.number} has no parent here to be executed on`)
    this.#stateAfter(parent)
    const { network } = this
    const { crypto } = this.#options
    const state = { nodes: this.#states, codes: this.#states }
    const input = { network, block, preStateRoot: parent.stateRoot, ancestors: this.#hashesBefore(parent), state }
    return this.#oneOfFew(() => tracePrestates(input, { crypto, around: (reader) => politely(reader, TURNS) }))
  }

  pendingNonce(address: AddressBytes): bigint {
    const { pool } = this.#options
    return pool?.nextNonce(address) ?? readAccount(this.#proven(this.#stateAfter(this.head)), address)?.nonce ?? 0n
  }

  async createAccessList(block: ExecutionHeader, call: MessageCall, signal?: AbortSignal): Promise<AccessListResult> {
    this.#stateAfter(block)
    const { network } = this
    const { crypto } = this.#options
    const input = { network, block, call, state: this.#states, ancestors: this.#hashesBefore(block), signal }
    return this.#oneOfFew(() => createAccessList(input, crypto))
  }

  async submit(transaction: Uint8Array): Promise<Hash> {
    const { pool } = this.#options
    if (pool === undefined) throw new UnavailableError('this chain takes no transactions')
    const hash = await pool.submit(transaction)
    this.#tell({ kind: 'pending', hash })
    return hash
  }

  listen(listener: (news: ExecutionNews) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  // --- how

  #read(fresh: InvalidBlock): ExecutionBlock {
    const block = readBlock(fresh, this.#keccak)
    const parent = this.#chain.held(block.parentHash)
    if (parent === undefined) throw new UnknownBlockError(`the parent ${shown(block.parentHash)} is not held`)
    if (block.number !== parent.block.number + 1) {
      throw new UnfitBlockError(`block ${block.number} says it follows block ${parent.block.number}`)
    }
    return block
  }

  #accepted(hash: Hash | undefined): ExecutionBlock | undefined {
    if (hash === undefined) return undefined
    const stored = this.#chain.held(hash)
    if (stored === undefined) throw new UnknownBlockError(`${shown(hash)} was never accepted, or is not held any more`)
    return stored.block
  }

  /** The oldest state follows the head, along blocks that have states, and never goes back. */
  #dropStates(): void {
    for (let number = this.#oldestState.number + 1; number <= this.head.number - MIN_KEPT_STATES + 1; number++) {
      if (number > this.head.number - KEPT_STATES + 1 && this.#states.size.bytes <= MAX_STATE_BYTES) return
      const { block } = this.#chain.blockAt(number)!
      if (this.#states.state(block.hash) === undefined) return
      this.#states.makeOldest(block.hash)
      this.#oldestState = block
    }
  }

  #tell(news: ExecutionNews): void {
    for (const listener of this.#listeners) listener(news)
  }

  get #oldestServed(): number {
    return Math.max(this.#oldestState.number, this.head.number - SERVED_STATES + 1)
  }

  #serves(): ServedKinds {
    const blocks = { from: this.#chain.oldest }
    const states = { from: this.#oldestServed }
    // The genesis block is executed by nobody.
    const witness = { from: Math.max(states.from, this.#chain.genesis.number + 1) }
    const accessLists = this.#chain.oldestAccessList
    return {
      headers: blocks,
      blocks,
      receipts: blocks,
      proofs: states,
      paths: states,
      nodes: states,
      codes: states,
      ranges: states,
      ...(witness.from <= this.head.number && { witness }),
      ...(accessLists !== undefined && { accessLists: { from: accessLists } }),
      ...(this.#options.pool !== undefined && { submit: { from: this.head.number } }),
    }
  }

  /** @throws {UnavailableError} */
  #stateAfter({ hash, number }: ExecutionHeader): HeldState {
    const state = this.#states.state(hash)
    if (state === undefined || number < this.#oldestServed) {
      throw new UnavailableError(`the state after block ${number} is not held; the oldest: ${this.#oldestServed}`)
    }
    return state
  }

  /** @throws {UnavailableError} */
  #stateWithRoot(root: Hash): HeldState {
    for (let number = this.#chain.newest; number >= this.#oldestServed; number--) {
      for (const { block } of this.#chain.allAt(number)) {
        const state = this.#states.state(block.hash)
        if (state !== undefined && isSame(state.root, root)) return state
      }
    }
    throw new UnavailableError(
      `no state with the root ${shown(root)} is held; the oldest is of block ${this.#oldestServed}`,
    )
  }

  #proven({ root }: HeldState): ProvenState {
    return { root, nodes: this.#states, keccak: this.#keccak }
  }

  async #makeWitness({ block }: StoredBlock): Promise<Witness> {
    const ancestors = this.#chain.ancestorsOf(block, BLOCK_HASH_REACH)
    const [parent] = ancestors
    if (parent === undefined) throw new UnavailableError(`block ${block.number} has no parent here to be executed on`)
    if (this.#states.state(parent.hash) === undefined || block.number < this.#oldestServed) {
      throw new UnavailableError(`the state that block ${block.number} is executed on is not held any more`)
    }
    const { network } = this
    const { crypto, clock } = this.#options
    try {
      return await makeWitness(
        { network, block, ancestors, state: this.#states, accepts: 'invalidToo' },
        { crypto, now: () => clock.now(), yieldThread: () => new Promise((resolve) => setImmediate(resolve)) },
      )
    } catch (error) {
      if (error instanceof DataFaultError) throw new UnavailableError(error.message)
      throw error
    }
  }

  async #oneOfFew<T>(execute: () => Promise<T>): Promise<T> {
    if (this.#calls >= MAX_CALLS) throw new UnavailableError(`${MAX_CALLS} calls are being executed; ask again`)
    this.#calls++
    try {
      return await execute()
    } finally {
      this.#calls--
    }
  }

  #hashesBefore(block: ExecutionHeader): ReadonlyMap<number, Hash> {
    const ancestors = this.#chain.ancestorsOf(block, BLOCK_HASH_REACH - 1)
    return new Map([block, ...ancestors].map(({ number, hash }) => [number, hash]))
  }
}

const NO_CODE = new Uint8Array(0)

const TURNS = { now: () => performance.now(), yieldThread: () => new Promise<void>((resolve) => setImmediate(resolve)) }

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return hashKey(a as Hash) === hashKey(b as Hash)
}

function shown(hash: Hash): string {
  return bytesToHex(hash)
}
