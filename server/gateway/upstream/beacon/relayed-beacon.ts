/** Beacon nodes behind the gateway: what they serve to light clients, decoded, checked as far as it can be alone, and kept. */
import { bytesToHex } from '@ethereumjs/util'
import { slotAtTime } from '../../../../src/chain/beacon-config.ts'
import { epochAtSlot } from '../../../../src/chain/beacon-preset.ts'
import type { Keccak, Root } from '../../../../src/chain/bytes.ts'
import { asRoot } from '../../../../src/chain/bytes.ts'
import type { Clock } from '../../../../src/chain/clock.ts'
import type { Network } from '../../../../src/chain/network.ts'
import type {
  LightClientBootstrap,
  LightClientUpdate,
} from '../../../../src/consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../../../src/consensus/containers/ssz-types.ts'
import type { UncheckedMultiproof } from '../../../../src/consensus/multiproof/multiproof.ts'
import type { ProofFormat } from '../../../../src/consensus/multiproof/proof-format.ts'
import { fetchFinality } from '../../../../src/network/beacon/finality-route.ts'
import { fetchStateProof } from '../../../../src/network/beacon/state-proof-route.ts'
import type { HttpTransport } from '../../../../src/network/http/transport.ts'
import type { ModuleNews } from '../../../../src/network/request-server.ts'
import type {
  BeaconNews,
  BeaconSource,
  FinalityCheckpoints,
  ItemId,
  RelayedAnswer,
  RelayedItem,
  SourceBlock,
} from '../../../beacon-api/beacon-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { BeaconPool } from './beacon-pool.ts'
import { RelayedBlocks, type RelayedHeader } from './relayed-blocks.ts'
import { RelayedHead } from './relayed-head.ts'
import { RelayedUpdates, type LatestKind } from './relayed-updates.ts'

export interface RelayedBeaconOptions {
  readonly network: Network
  readonly urls: readonly string[]
  readonly transport: HttpTransport
  readonly clock: Clock
  readonly keccak: Keccak
}

/**
 * Always: what no upstream has is absent; what one fails at, where no other has it, is an {@link UnavailableError} that
 * names it. Of events it tells new heads, updates and finalized checkpoints; reorganisations show in the heads.
 */
export class RelayedBeacon implements BeaconSource {
  readonly version = 'beamtab-relay'
  readonly network: Network
  readonly #clock: Clock
  readonly #pool: BeaconPool
  readonly #blocks: RelayedBlocks
  readonly #updates: RelayedUpdates
  readonly #head: RelayedHead
  readonly #listeners = new Set<(news: BeaconNews) => void>()
  /** Slot of the finalized block that was told last. */
  #finalizedSlot = -1

  private constructor({ network, urls, transport, clock, keccak }: RelayedBeaconOptions) {
    this.network = network
    this.#clock = clock
    this.#pool = new BeaconPool({ network, urls, transport, clock, onNews: (news) => this.#hear(news) })
    const parts = { network, pool: this.#pool, clock, keccak }
    this.#blocks = new RelayedBlocks(parts)
    this.#updates = new RelayedUpdates(parts)
    this.#head = new RelayedHead(this.#blocks, parts, (head, before) => this.#tellHead(head, before))
  }

  /** Resolves when upstreams have answered, or some seconds have passed. @throws {ServerUrlError} */
  static async open(options: RelayedBeaconOptions): Promise<RelayedBeacon> {
    const source = new RelayedBeacon(options)
    await source.#pool.start()
    return source
  }

  /** Of the upstreams, without what may be secret. */
  get names(): readonly string[] {
    return this.#pool.names
  }

  close(): void {
    this.#listeners.clear()
    this.#pool.close()
  }

  async head(): Promise<{ readonly block: SourceBlock; readonly clockSlot: number }> {
    const block = withoutPayload(await this.#head.current())
    return { block, clockSlot: slotAtTime(this.network, this.#clock.now() / 1_000) }
  }

  async block(id: ItemId): Promise<SourceBlock | undefined> {
    const found = id.kind === 'head' ? await this.#head.current() : await this.#blocks.header(id)
    return found && withoutPayload(found)
  }

  relay(block: SourceBlock, item: RelayedItem, form: 'ssz' | 'json'): Promise<RelayedAnswer | undefined> {
    return this.#blocks.whole(block, { item, form })
  }

  async stateBlock(id: ItemId): Promise<SourceBlock | undefined> {
    if (id.kind !== 'root') return this.block(id)
    const found = await this.#blocks.headerOfState(id.root)
    if (found !== undefined) return withoutPayload(found)
    throw new UnavailableError(`the state ${bytesToHex(id.root)} is of no block that was seen here`)
  }

  finalityCheckpoints(stateId: ItemId): Promise<FinalityCheckpoints | undefined> {
    const name =
      stateId.kind === 'root' ? bytesToHex(stateId.root) : stateId.kind === 'slot' ? `${stateId.slot}` : stateId.kind
    return this.#pool.first((rest, signal) => fetchFinality(rest, { stateId: name }, signal))
  }

  async stateProof(stateId: ItemId, format: ProofFormat): Promise<UncheckedMultiproof | undefined> {
    const stateRoot = stateId.kind === 'root' ? stateId.root : (await this.block(stateId))?.header.stateRoot
    if (stateRoot === undefined) return undefined
    const request = { stateRoot: asRoot(stateRoot), format }
    return this.#pool.first((rest, signal) => fetchStateProof(rest, request, signal))
  }

  bootstrap(blockRoot: Root): Promise<LightClientBootstrap | undefined> {
    return this.#updates.bootstrap(blockRoot)
  }

  bestUpdate(period: number): Promise<LightClientUpdate | undefined> {
    return this.#updates.best(period)
  }

  async finalityUpdate(): Promise<LightClientUpdate | undefined> {
    return this.#noted(await this.#updates.latest('finalityUpdate'))
  }

  async optimisticUpdate(): Promise<LightClientUpdate | undefined> {
    return this.#noted(await this.#updates.latest('optimisticUpdate'))
  }

  listen(listener: (news: BeaconNews) => void): () => void {
    const own = (news: BeaconNews) => listener(news)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  #hear(news: ModuleNews): void {
    if (news.kind === 'head') this.#head.hear(news)
    else if (news.kind === 'finalityUpdate' || news.kind === 'optimisticUpdate')
      this.#hearUpdate(news.kind, news.update)
  }

  #hearUpdate(kind: LatestKind, update: LightClientUpdate): void {
    this.#noted(update)
    if (!this.#updates.take(kind, update)) return
    this.#tell({ kind, update })
    if (kind === 'finalityUpdate') this.#tellFinalized(update)
  }

  /** Clients ask for proofs of the states of headers that updates have shown them. */
  #noted(update: LightClientUpdate | undefined): LightClientUpdate | undefined {
    if (update !== undefined) this.#blocks.note(update.attestedHeader.beacon)
    if (update?.finality !== undefined) this.#blocks.note(update.finality.header.beacon)
    return update
  }

  #tellFinalized({ finality }: LightClientUpdate): void {
    const header = finality?.header.beacon
    if (header === undefined || header.slot <= this.#finalizedSlot) return
    this.#finalizedSlot = header.slot
    const root = asRoot(BeaconBlockHeaderType.hashTreeRoot(header))
    const block = withoutPayload({ root, header, isCanonical: true, isFinalized: true })
    this.#tell({ kind: 'finalized', epoch: Math.ceil(header.slot / this.network.preset.slotsPerEpoch), block })
  }

  #tellHead(head: RelayedHeader, before: RelayedHeader | undefined): void {
    const { preset } = this.network
    const epochOf = ({ header }: RelayedHeader) => epochAtSlot(preset, header.slot)
    const isEpochTransition = before !== undefined && epochOf(head) > epochOf(before)
    this.#tell({ kind: 'head', block: withoutPayload(head), isEpochTransition, dutyRoots: undefined })
  }

  #tell(news: BeaconNews): void {
    for (const listener of [...this.#listeners]) listener(news)
  }
}

const withoutPayload = (known: RelayedHeader): SourceBlock => ({ ...known, payload: { kind: 'none' } })
