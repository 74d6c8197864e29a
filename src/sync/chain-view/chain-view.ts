/**
 * The chain as answers are given from it: blocks below the signed head, what is in them, and the states after them.
 *
 * Always: a header comes by a chain of hashes from a signed head, or from a hash that a state below such a head holds, or
 * from one that the history of the head's beacon state leads to; a body and receipts by the header's roots, a value of a
 * state by its root. What cannot be proven rejects with the reason.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { Store } from '../../state/store/store.ts'
import type { ChainHeads } from '../beam/chain-heads.ts'
import type { ImportFetcher } from '../import/import-tools.ts'
import type { ContentPool } from '../state-fetch/content-pool.ts'
import type { SeveralAnswer } from '../state-fetch/ask-several.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import { accessListHash } from '../state-fetch/sources/access-list.ts'
import type { WayName } from '../state-fetch/ways/bring.ts'
import type { HistoryService } from '../light-client/history-desk.ts'
import { ChainBodies, type SaidPlace } from './chain-bodies.ts'
import { ChainHeaders, HISTORY_ADDRESS } from './chain-headers.ts'
import type { Ask } from './evidence.ts'
import { Evidence } from './evidence.ts'
import { ExecutedBlocks, type ExecutedRange, type NamedBlock } from './executed-blocks.ts'
import type { HeaderBounds } from './header-bounds.ts'
import { HeadFollower } from './head-follower.ts'
import { HeadView } from './head-view.ts'
import { OpenStates } from './open-states.ts'
import { reachOf, type Reach } from './reach.ts'
import { StateView } from './state-view.ts'
import { touchedAccounts } from './touched-accounts.ts'

export interface ChainViewOptions {
  readonly crypto: Pick<WasmCrypto, 'keccak'>
  readonly clock: Clock
  readonly selector: ServerSelector
  readonly pool: ContentPool
  readonly fetcher: ImportFetcher
  /** Undefined in a tab that keeps nothing. */
  readonly store: () => Pick<Store, 'getBlock'> | undefined
  /** Seconds. */
  readonly maxHeadAge: number
  /** Of the network's first block, where that is known. */
  readonly genesisHash?: Hash | undefined
  /** The beacon chain's; undefined: nothing further back than hashes reach is found. */
  readonly history?: ViewedHistory | undefined
  /** Default: `HEADER_BOUNDS`. */
  readonly headerBounds?: HeaderBounds | undefined
  /** Ways in which state may be fetched; undefined: all. */
  readonly ways: ReadonlySet<WayName> | undefined
  /** There is another head, or none to answer at; must not throw. */
  readonly onChange: () => void
}

export interface ViewedHistory extends HistoryService {
  /** Slot of a moment in seconds since 1970. */
  readonly slotAt: (seconds: number) => number
}

export class ChainView {
  readonly heads: HeadView
  private readonly headers: ChainHeaders
  private readonly bodies: ChainBodies
  private readonly states = new OpenStates((header) => this.openState(header))
  private readonly abort = new AbortController()
  private readonly executed: ExecutedBlocks
  private readonly follower: HeadFollower

  constructor(private readonly options: ChainViewOptions) {
    const { crypto, clock, selector, fetcher, store, maxHeadAge, genesisHash, history, headerBounds: bounds } = options
    const { keccak } = crypto
    this.headers = new ChainHeaders({
      ...{ keccak, fetcher, genesisHash, bounds },
      history: history && { prove: (slot) => history.prove(slot), head: () => this.follower.signed },
      storage: (at, slot, ask) => this.state(at).storage(HISTORY_ADDRESS, slot, ask),
    })
    const newest = () => this.headers.head?.number ?? 0
    this.bodies = new ChainBodies({ keccak, fetcher, selector, newest, store })
    const isCanonical = (block: NamedBlock) => this.headers.isCanonical(block)
    this.heads = new HeadView({ clock, maxHeadAge, isCanonical })
    this.executed = new ExecutedBlocks(isCanonical)
    const { headers, heads, executed } = this
    const { signal } = this.abort
    const { onChange } = options
    this.follower = new HeadFollower({ headers, heads, executed, clock, signal, onChange, slotAt: history?.slotAt })
  }

  /** See {@link HeadFollower.setHeads}. */
  setHeads(heads: ChainHeads): void {
    this.follower.setHeads(heads)
  }

  /** See {@link HeadFollower.setRefused}. */
  setRefused(block: NamedBlock): void {
    this.follower.setRefused(block)
  }

  /** Undefined where nothing is executed. */
  setExecuted(range: ExecutedRange | undefined): void {
    this.executed.tell(range)
    this.heads.setExecuted(range?.newest)
    const { lowest } = this.headers
    if (range === undefined || lowest === undefined || range.newest.number >= lowest.number) return
    // It was begun before the first head that is known here: the way down to it is in the store, or short.
    const ask = { signal: this.abort.signal, evidence: new Evidence() }
    this.headers.at(range.newest.number, ask).then(
      () => this.heads.setExecuted(this.executed.told?.newest),
      () => undefined,
    )
  }

  /** The block before those that were executed here without a gap; undefined of a block that was not. */
  anchorOf(header: RawHeader): NamedBlock | undefined {
    return this.executed.anchorOf(header)
  }

  /** The block since which all were executed here; undefined where nothing is executed. */
  executedSince(): NamedBlock | undefined {
    return this.executed.told?.anchor
  }

  /** Also where nothing is answered at it: it may be too old. */
  newestKnown(): RawHeader | undefined {
    return this.headers.head
  }

  isCanonical(header: NamedBlock): boolean {
    return this.headers.isCanonical(header)
  }

  /** Of the chain; undefined past its head. @throws {NoHeadError} {HistoryUnavailableError} */
  async headerAt(number: number, ask: Ask): Promise<RawHeader | undefined> {
    this.heads.head()
    const header = await this.headers.at(number, ask)
    return header && this.noted(header, ask)
  }

  /** @throws {NoHeadError} {HistoryUnavailableError}; what the fetcher throws where nobody has it */
  async headerOf(hash: Hash, ask: Ask): Promise<{ readonly header: RawHeader; readonly isCanonical: boolean }> {
    this.heads.head()
    const found = await this.headers.byHash(hash, ask)
    this.noted(found.header, ask)
    return found
  }

  /** Of whatever chain: nothing of it is said to be proven. @throws {NoHeadError}; what the fetcher throws where nobody has it */
  async anyHeaderOf(hash: Hash, { signal }: Ask): Promise<RawHeader> {
    this.heads.head()
    return this.headers.anyByHash(hash, signal)
  }

  /** Those before a header, newest first, each by the hash that the one after it holds. @throws what the fetcher throws */
  async ancestors(header: RawHeader, count: number, ask: Ask): Promise<readonly RawHeader[]> {
    const found = await this.headers.ancestors(header, count, ask.signal)
    for (const ancestor of found) this.noted(ancestor, ask)
    return found
  }

  async block(header: RawHeader, ask: Ask): Promise<RawBlock> {
    this.noted(header, ask)
    return this.bodies.block(header, ask)
  }

  receipts(block: RawBlock, ask: Ask): Promise<readonly Uint8Array[]> {
    this.noted(block.header, ask)
    return this.bodies.receipts(block, ask)
  }

  /** RLP, by the hash in the header; undefined where the header has none: before EIP-7928. @throws {SourceUnavailableError} */
  async accessList(header: RawHeader, ask: Ask): Promise<Uint8Array | undefined> {
    this.noted(header, ask)
    const bound = accessListHash(header.rlp)
    return bound && this.bodies.accessList(header, bound, ask)
  }

  /** How far back answers go, with the servers that there are now. @throws {NoHeadError} */
  async reach(ask: Ask): Promise<Reach> {
    const head = this.noted(this.heads.latest(), ask).number
    const range = this.executed.range()
    return reachOf({
      head,
      oldestProvable: await this.headers.oldestProvable(ask),
      windows: (kind) => this.options.selector.windows(kind),
      executed: range && { first: range.anchor.number + 1, newest: range.newest.number },
    })
  }

  /** Servers that blocks and state are had from now. */
  get serverCount(): number {
    return this.options.selector.views().length
  }

  /** A server's word, but not of those passed over. */
  placeOf(transaction: Hash, ask: Ask, passedOver: ReadonlySet<string>): Promise<SaidPlace | undefined> {
    return this.bodies.placeOf(transaction, ask, passedOver)
  }

  /** The block that a server named does not have the transaction: the server is not asked for a while. */
  reportWrongPlace(server: string, transaction: Hash, { number }: RawHeader): void {
    const falsehood = `block ${number} does not have transaction ${bytesToHex(transaction)}`
    this.options.selector.reportFalse(server, 'transactionPlace', falsehood)
  }

  /** A transaction's bytes, as a block has them, proven by its hash; that it is in a block is not. */
  rawTransaction(hash: Hash, ask: Ask): Promise<Uint8Array | undefined> {
    return this.bodies.rawTransaction(hash, ask)
  }

  /** Hands a transaction to as many servers as said, at once; what each of them answers. */
  submit(raw: Uint8Array, most: number, signal: AbortSignal): readonly SeveralAnswer<'submit'>[] {
    return this.options.selector.askSeveral('submit', { raw }, { most, signal })
  }

  /** The state after a block of the chain. */
  state(header: RawHeader): StateView {
    return this.states.of(header)
  }

  close(): void {
    const reason = new Error('the client is closed')
    this.abort.abort(reason)
    this.states.close(reason)
  }

  private openState(header: RawHeader): StateView {
    const { pool, selector, crypto, clock, ways } = this.options
    const newest = this.headers.head?.number ?? header.number
    return new StateView({
      ...{ header, pool, selector, clock, ways, newest: Math.max(newest, header.number) },
      keccak: crypto.keccak,
      anchor: () => this.anchorOf(header),
      touched: () => this.touchedBy(header),
    })
  }

  /** Nobody's question fails for what only hides it. */
  private async touchedBy(header: RawHeader): Promise<readonly AddressBytes[]> {
    if (this.anchorOf(header) === undefined) return []
    const record = await this.options
      .store()
      ?.getBlock(header.hash)
      .catch(() => undefined)
    return record === undefined ? [] : touchedAccounts(record)
  }

  private noted(header: RawHeader, { evidence }: Ask): RawHeader {
    evidence.restOn(this.anchorOf(header))
    evidence.at(header)
    const proof = this.headers.proofOf(header)
    if (proof !== undefined) evidence.remark(proof)
    return header
  }
}
