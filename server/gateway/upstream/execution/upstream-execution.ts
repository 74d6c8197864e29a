/** Execution clients behind a gateway: what their JSON-RPC gives, proven where that is possible, in the forms that tabs ask for. */
import type { AddressBytes, Hash } from '../../../../src/chain/bytes.ts'
import type { Clock } from '../../../../src/chain/clock.ts'
import type { ExecutionNetwork } from '../../../../src/chain/network.ts'
import { decodeRawBlock } from '../../../../src/execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import type { MessageCall } from '../../../../src/network/on-demand/rpc-access-list.ts'
import type { HttpTransport } from '../../../../src/network/http/transport.ts'
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
  type Witness,
} from '../../../execution/execution-source.ts'
import { WitnessDesk } from '../../../execution/witness-desk.ts'
import { RecentItems } from '../recent-items.ts'
import type { DiskCache } from './disk-cache.ts'
import { ExecutionPool } from './execution-pool.ts'
import { HeadWatch } from './head-watch.ts'
import { NO_ABILITIES, probeUpstreams, servedKinds, type UpstreamAbilities } from './probe.ts'
import { fetchReceipts } from '../../../../src/network/on-demand/rpc-receipts.ts'
import { UpstreamBlocks } from './upstream-blocks.ts'
import {
  blockAccessList,
  createAccessList,
  locateTransaction,
  pendingNonce,
  submitTransaction,
} from './upstream-calls.ts'
import { UpstreamState } from './upstream-state.ts'
import { upstreamWitness } from './upstream-witnesses.ts'

export interface UpstreamExecutionOptions {
  readonly network: ExecutionNetwork
  /** Where more of the rules is learnt on the way: what is known now. Default: {@link network}. */
  readonly networkNow?: () => ExecutionNetwork
  readonly urls: readonly string[]
  readonly transport: HttpTransport
  readonly clock: Clock
  readonly crypto: WasmCrypto
  /** Where witnesses are kept; undefined: nowhere. */
  readonly disk?: DiskCache | undefined
}

/** Receipts of mainnet's blocks have some 200 kB, those of a block full of logs some MB. */
const MAX_RECEIPTS_KEPT = 32 * 1024 * 1024
/** ms after which it is found out anew what upstreams can do: one may have been restarted with other options. */
const PROBE_MS = 300_000
/** The same where none of them had a state: one that has just started may have one soon. */
const EARLY_PROBE_MS = 15_000

/**
 * Always: blocks have the hash they are given for, receipts and proofs are under their headers, witnesses have executed
 * their block. An upstream that fails is a {@link UnavailableError} that names it, never an absence. All caches are bounded.
 */
export class UpstreamExecution implements ExecutionSource {
  readonly software = 'beamtab-relay'
  readonly #options: UpstreamExecutionOptions
  readonly #pool: ExecutionPool
  readonly #watch: HeadWatch
  readonly #blocks: UpstreamBlocks
  readonly #state: UpstreamState
  readonly #desk = new WitnessDesk()
  readonly #receipts = new RecentItems<readonly Uint8Array[]>(MAX_RECEIPTS_KEPT, (receipts) =>
    receipts.reduce((sum, { length }) => sum + length, 0),
  )
  readonly #listeners = new Set<(news: ExecutionNews) => void>()
  #abilities: UpstreamAbilities = NO_ABILITIES
  #genesisHash: Hash | undefined
  #cancelProbe: () => void = () => undefined
  #isClosed = false

  private constructor(options: UpstreamExecutionOptions) {
    const { network, clock, crypto } = options
    this.#options = options
    this.#pool = new ExecutionPool({ ...options, chainId: network.chainId })
    this.#blocks = new UpstreamBlocks(this.#pool, () => this.network, crypto.keccak)
    const known = {
      ofState: (stateRoot: Hash) => this.#blocks.ofState(stateRoot),
      learnNext: (block: ExecutionHeader) => this.#learnNext(block),
    }
    this.#state = new UpstreamState(this.#pool, known, crypto.keccak)
    this.#watch = new HeadWatch(this.#blocks, clock, (news) => {
      for (const listener of this.#listeners) listener(news)
    })
  }

  /**
   * Resolves when upstreams have been asked for their head and for what they can do, whether one answered or not.
   * @throws {ServerUrlError} @throws {WrongChainError} for an upstream of another chain
   */
  static async open(options: UpstreamExecutionOptions): Promise<UpstreamExecution> {
    const source = new UpstreamExecution(options)
    try {
      await source.#pool.requireChain()
      await source.#watch.start()
      await source.#probe()
    } catch (error) {
      source.close()
      throw error
    }
    return source
  }

  get network(): ExecutionNetwork {
    const { network, networkNow } = this.#options
    return networkNow?.() ?? network
  }

  /** Of the upstreams, without what may be secret. */
  get names(): readonly string[] {
    return this.#pool.names
  }

  close(): void {
    this.#isClosed = true
    this.#cancelProbe()
    this.#watch.stop()
    this.#pool.close()
  }

  status(): ExecutionStatus {
    const { head, safe, finalized } = this.#watch.current()
    const serves = servedKinds(this.#abilities, head.number)
    return { genesisHash: this.#genesisHash, head, safe, finalized, serves }
  }

  headerByHash(hash: Hash): Promise<ExecutionHeader | undefined> {
    return this.#blocks.header({ kind: 'hash', hash })
  }

  async headerByNumber(number: number): Promise<ExecutionHeader | undefined> {
    return number > this.status().head.number ? undefined : this.#blocks.header({ kind: 'number', number })
  }

  blockByHash(hash: Hash): Promise<ExecutionBlock | undefined> {
    return this.#blocks.block({ kind: 'hash', hash })
  }

  async blockByNumber(number: number): Promise<ExecutionBlock | undefined> {
    return number > this.status().head.number ? undefined : this.#blocks.block({ kind: 'number', number })
  }

  async receipts(blockHash: Hash): Promise<readonly Uint8Array[] | undefined> {
    const known = this.#receipts.get(blockHash)
    if (known !== undefined) return known
    const block = await this.blockByHash(blockHash)
    if (block === undefined) return undefined
    const { keccak } = this.#options.crypto
    const raw = decodeRawBlock(block.rlp, keccak)
    const receipts = await this.#pool.first((server) => fetchReceipts(server, raw, keccak))
    if (receipts !== undefined) this.#receipts.put(blockHash, receipts)
    return receipts
  }

  locateTransaction(hash: Hash): Promise<{ readonly blockHash: Hash; readonly index: number } | undefined> {
    return locateTransaction(this.#pool, hash)
  }

  async witness(blockHash: Hash): Promise<Witness | undefined> {
    const block = await this.blockByHash(blockHash)
    if (block === undefined) return undefined
    return this.#desk.get(blockHash, async () => {
      const witness = await upstreamWitness(block, { ...this.#options, network: this.network, pool: this.#pool })
      this.#state.remember(witness)
      return witness
    })
  }

  async blockAccessList(blockHash: Hash): Promise<Uint8Array | undefined> {
    const block = await this.headerByHash(blockHash)
    return block && blockAccessList(this.#pool, block, this.#options.crypto.keccak)
  }

  nodes(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[] {
    return hashes.map((hash) => this.#state.node(hash))
  }

  codes(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[] {
    return hashes.map((hash) => this.#state.code(hash))
  }

  paths(stateRoot: Hash, keys: readonly PathKeys[]): Promise<readonly Uint8Array[]> {
    return this.#state.paths(stateRoot, keys)
  }

  accountProof(block: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): Promise<AccountProof> {
    return this.#state.accountProof(block, address, slots)
  }

  codeOf(block: ExecutionHeader, address: AddressBytes): Promise<Uint8Array> {
    return this.#state.codeOf(block, address)
  }

  range(): LeafRange {
    throw new UnavailableError('ranges cannot be had from execution clients by JSON-RPC')
  }

  createAccessList(block: ExecutionHeader, call: MessageCall): Promise<AccessListResult> {
    return createAccessList(this.#pool, block, call)
  }

  pendingNonce(address: AddressBytes): Promise<bigint> {
    return pendingNonce(this.#pool, address)
  }

  submit(transaction: Uint8Array): Promise<Hash> {
    return submitTransaction(this.#pool, transaction, this.#options.crypto.keccak)
  }

  listen(listener: (news: ExecutionNews) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #learnNext({ number, hash }: ExecutionHeader): Promise<void> {
    const next = await this.headerByNumber(number + 1)
    if (next !== undefined && equalBytes(next.parentHash, hash)) await this.witness(next.hash)
  }

  async #probe(): Promise<void> {
    try {
      const { head } = this.#watch.current()
      this.#abilities = await probeUpstreams(this.#pool, head.number)
      if (this.#abilities.history) this.#genesisHash ??= (await this.headerByNumber(0))?.hash
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    }
    if (this.#isClosed) return
    const ms = this.#abilities.states === 0 ? EARLY_PROBE_MS : PROBE_MS
    this.#cancelProbe = this.#options.clock.after(ms, () => void this.#probe())
  }
}
