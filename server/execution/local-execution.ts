/** A chain held in this process, as a source: what is had of its blocks and states, and what they come to. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../src/chain/bytes.ts'
import type { Clock } from '../../src/chain/clock.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../src/execution/words.ts'
import type { MessageCall } from '../../src/network/on-demand/rpc-access-list.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { EMPTY_CODE_HASH } from '../../src/state/state-trie.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import type { BuiltState } from './build-state.ts'
import type { Genesis, HeadChoice, InvalidBlock, NewBlock, SourcedState, TransactionPool } from './chain-input.ts'
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
import { HeldChain } from './held-chain.ts'
import { LocalExecutor } from './local-executor.ts'
import type { ProvenState } from '../../src/state/account-proof.ts'
import { proveAccount, provePaths, proveRange, readAccount } from './state-proofs.ts'
import type { StateDatabase } from './state/state-database.ts'

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

/**
 * Always: what is served is never younger than the head, and the states of the newest blocks can be had whole: see
 * {@link HeldChain}.
 */
export class LocalExecution implements ExecutionSource {
  readonly network: ExecutionNetwork
  readonly software: string
  readonly #pool: TransactionPool | undefined
  readonly #chain: HeldChain
  readonly #executor: LocalExecutor
  readonly #listeners = new Set<(news: ExecutionNews) => void>()

  /** Takes a built genesis state over. @throws {UnfitBlockError} where the state is not the genesis block's */
  constructor(options: LocalExecutionOptions) {
    const { network, genesis, crypto, clock, pool, software = 'beamtab-devnet' } = options
    this.network = network
    this.software = software
    this.#pool = pool
    this.#chain = new HeldChain(genesis, crypto.keccak)
    this.#executor = new LocalExecutor(this.#chain, { network, crypto, clock })
  }

  // --- how the chain grows

  /** Nodes and codes of all states held, for whoever builds the next block. */
  get state(): NodeSource & CodeSource {
    return this.#chain.states
  }

  get head(): ExecutionBlock {
    return this.#chain.head
  }

  /** States, nodes and codes held, and the bytes of the nodes. */
  get size(): StateDatabase['size'] {
    return this.#chain.states.size
  }

  /** See {@link HeldChain.accept}. */
  accept(fresh: NewBlock): ExecutionBlock {
    return this.#chain.accept(fresh)
  }

  /** See {@link HeldChain.acceptInvalid}. */
  acceptInvalid(fresh: InvalidBlock): ExecutionBlock {
    return this.#chain.acceptInvalid(fresh)
  }

  /** See {@link HeldChain.setHead}; tells so. */
  setHead(choice: HeadChoice): void {
    const { added, removed } = this.#chain.setHead(choice)
    if (added.length > 0 || removed.length > 0) this.#tell({ kind: 'head', head: this.head, added, removed })
  }

  // --- what is served

  status(): ExecutionStatus {
    const { blocks, head, safe, finalized } = this.#chain
    return { genesisHash: blocks.genesis.hash, head, safe, finalized, serves: this.#serves() }
  }

  headerByHash(hash: Hash): ExecutionHeader | undefined {
    return this.blockByHash(hash)
  }

  headerByNumber(number: number): ExecutionHeader | undefined {
    return this.blockByNumber(number)
  }

  blockByHash(hash: Hash): ExecutionBlock | undefined {
    return this.#chain.blocks.block(hash)?.block
  }

  blockByNumber(number: number): ExecutionBlock | undefined {
    return this.#chain.blocks.blockAt(number)?.block
  }

  receipts(blockHash: Hash): readonly Uint8Array[] | undefined {
    const stored = this.#chain.blocks.block(blockHash)
    return stored && this.#chain.blocks.receipts(stored)
  }

  locateTransaction(hash: Hash): { readonly blockHash: Hash; readonly index: number } | undefined {
    return this.#chain.blocks.locateTransaction(hash)
  }

  blockAccessList(blockHash: Hash): Uint8Array | undefined {
    return this.#chain.blocks.block(blockHash)?.accessList
  }

  nodes(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[] {
    return hashes.map((hash) => this.#chain.states.node(hash))
  }

  codes(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[] {
    return hashes.map((hash) => (equalBytes(hash, EMPTY_CODE_HASH) ? NO_CODE : this.#chain.states.code(hash)))
  }

  witness(blockHash: Hash): Witness | undefined | Promise<Witness> {
    return this.#executor.witness(blockHash)
  }

  paths(stateRoot: Hash, keys: readonly PathKeys[]): readonly Uint8Array[] {
    return provePaths(this.#chain.proven(this.#chain.stateWithRoot(stateRoot)), keys)
  }

  accountProof(block: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): AccountProof {
    return proveAccount(this.#stateAfter(block), address, slots)
  }

  codeOf(block: ExecutionHeader, address: AddressBytes): Uint8Array {
    const account = readAccount(this.#stateAfter(block), address)
    if (account === undefined || equalBytes(account.codeHash, EMPTY_CODE_HASH)) return NO_CODE
    const code = this.#chain.states.code(account.codeHash)
    if (code === undefined) throw new Error(`the code ${bytesToHex(account.codeHash)} of a state that is held is not`)
    return code
  }

  range(request: RangeRequest): LeafRange {
    const state = this.#chain.stateWithRoot(request.stateRoot)
    return proveRange(
      this.#chain.proven(state),
      request,
      this.#chain.states.leaves(state.id, request.account, request.origin),
    )
  }

  prestates(blockHash: Hash): Promise<readonly TransactionPrestate[] | undefined> {
    return this.#executor.prestates(blockHash)
  }

  pendingNonce(address: AddressBytes): bigint {
    return this.#pool?.nextNonce(address) ?? readAccount(this.#stateAfter(this.head), address)?.nonce ?? 0n
  }

  createAccessList(block: ExecutionHeader, call: MessageCall, signal?: AbortSignal): Promise<AccessListResult> {
    return this.#executor.accessList(block, call, signal)
  }

  async submit(transaction: Uint8Array): Promise<Hash> {
    const pool = this.#pool
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

  #stateAfter(block: ExecutionHeader): ProvenState {
    return this.#chain.proven(this.#chain.stateAfter(block))
  }

  #tell(news: ExecutionNews): void {
    for (const listener of this.#listeners) listener(news)
  }

  #serves(): ServedKinds {
    const blocks = { from: this.#chain.blocks.oldest }
    const states = { from: this.#chain.oldestServed }
    // The genesis block is executed by nobody.
    const witness = { from: Math.max(states.from, this.#chain.blocks.genesis.number + 1) }
    const accessLists = this.#chain.blocks.oldestAccessList
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
      ...(this.#pool !== undefined && { submit: { from: this.head.number } }),
    }
  }
}

const NO_CODE = new Uint8Array(0)
