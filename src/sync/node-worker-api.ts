/** The node worker's face: the {@link NodeService} behind messages. Plain data in, plain data out. */
import { hexToBytes, isHexString } from '@ethereumjs/util'
import { proxy, releaseProxy, wrap, type Remote } from 'comlink'
import { asHash } from '../chain/bytes.ts'
import { systemClock } from '../chain/clock.ts'
import { messageOf } from '../chain/thrown.ts'
import { slotAtTime } from '../chain/beacon-config.ts'
import { genesisHashOf } from '../chain/execution-genesis.ts'
import { networkByName, parseNetworkFile, type Network } from '../chain/network.ts'
import { loadWasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { SpeculativeEvmService } from '../execution/remote/evm-messages.ts'
import { platformTransport } from '../network/http/transport.ts'
import type { BlockSummary, Store, StoreStats } from '../state/store/store.ts'
import { startBeam, type BeamRun } from './beam/beam-run.ts'
import type { BeamEvents, BeamSettings } from './beam/beam-status.ts'
import type { BlockTrace } from './beam/block-traces.ts'
import { follow, NO_HEADS, type ChainHeads } from './beam/chain-heads.ts'
import type { ChainHost, OpenChainHost } from './chain-view/chain-host.ts'
import { ChainView } from './chain-view/chain-view.ts'
import type { HeaderBounds } from './chain-view/header-bounds.ts'
import type { ExecutedRange, NamedBlock } from './chain-view/executed-blocks.ts'
import { callRunner } from './chain-view/run-call.ts'
import { EvmPool } from './evm/evm-pool.ts'
import { timerLimit } from './evm/evm-seat.ts'
import type { LightClientRecords } from './light-client-records.ts'
import type { HistoryService } from './light-client/history-desk.ts'
import { LightClientKeeper } from './light-client/light-client-keeper.ts'
import type { LightClientShelf } from './light-client/stored-light-client.ts'
import { NodeService, type NodeBlockReport, type NodeStage } from './node-service.ts'
import { StateNetwork } from './state-network.ts'
import { openStoreAt, type OpenDisk, type StoreKind, type StorePlace } from './store-place.ts'

export interface NodeStart {
  readonly network: string | object
  /** One port to each EVM worker. */
  readonly evmPorts: readonly MessagePort[]
  /** Base URLs of gateways and execution clients, for blocks and state. Asked from the start. */
  readonly servers: readonly string[]
  /** Seconds after its slot began at which a head is too old to answer at; undefined: never. */
  readonly maxHeadAge: number | undefined
}

export interface NodeEvents {
  /** A block that is worked on has come so far; blocks are verified one at a time. */
  onStage(stage: NodeStage): void
  /** The EVM worker at this place hangs: end it, and put another in its place with {@link NodeWorkerApi.replaceEvm}. */
  onEvmHung(index: number): void
  /** A request failed for no reason that it should: a fault of this program. */
  onDefect(what: string): void
}

/** A copy of the statistics that survives `structuredClone` on its way to the page. */
export type PlainStoreStats = Omit<StoreStats, 'error'> & { readonly problem: string | undefined }

export interface NodeWorkerApi extends LightClientShelf {
  /** Loads what everything takes, so that it begins sooner; before {@link start}, and asks nobody. */
  prepare(): Promise<void>
  start(start: NodeStart, events: NodeEvents): Promise<void>
  replaceEvm(index: number, port: MessagePort): Promise<void>
  /** This tab leads: opens the store. Never rejects; a store that cannot be opened is told, and a memory store serves. */
  openStore(
    place: StorePlace,
    maxBytes: number | undefined,
  ): Promise<{ readonly kind: StoreKind; readonly problem: string | undefined }>
  /** This tab leads no more: nothing is written from now on. */
  closeStore(): Promise<void>
  /**
   * Executes every block of the heads that {@link follow} tells, from now on, in place of an earlier run.
   * @returns why it does not, where there is no store to keep what is fetched
   */
  startBeam(settings: BeamSettings, events: BeamEvents): Promise<string | undefined>
  /** Executes nothing by itself from now on; what was verified stays. */
  stopBeam(): Promise<void>
  /** How a block came to be what it is; undefined of one that is not among the newest. @param hash in hex */
  blockTrace(hash: string): Promise<BlockTrace | undefined>
  /** The chain's newest proven blocks. */
  follow(heads: ChainHeads): Promise<void>
  /** Has blocks beyond the reach of hashes proven by the light client, from now on. */
  useHistory(history: HistoryService): Promise<void>
  /** Answers whoever asks by this port, from now on. */
  openSession(port: MessagePort): Promise<void>
  /** As {@link openSession}, for another tab: by the broadcast channel of this name. Again, it tells its state again. */
  openChannelSession(name: string): Promise<void>
  closeChannelSession(name: string): Promise<void>
  verifyBlock(file: Uint8Array): Promise<NodeBlockReport>
  verifyKeptBlock(hash: string): Promise<NodeBlockReport | undefined>
  keptBlocks(): Promise<readonly BlockSummary[]>
  keepLightClient(records: LightClientRecords, trust: 'given' | 'its own root'): Promise<string | undefined>
  stats(): Promise<PlainStoreStats | undefined>
  close(): Promise<void>
}

export interface NodeWorkerParts {
  /** Who answers providers. */
  readonly openHost: OpenChainHost
  /** A store on disk, where there can be one. */
  readonly openDisk?: OpenDisk
  /** Default: those that are meant. */
  readonly headerBounds?: HeaderBounds | undefined
}

/** Before the light client follows anything. */
const NO_HISTORY: HistoryService = {
  prove: () => Promise.resolve({ kind: 'refused', reason: 'the light client does not follow the chain yet' }),
}

export function createNodeWorkerApi({ openHost, openDisk, headerBounds }: NodeWorkerParts): NodeWorkerApi {
  let service: NodeService | undefined
  let store: Store | undefined
  let network: Network | undefined
  let state: StateNetwork | undefined
  let view: ChainView | undefined
  let host: ChainHost | undefined
  let beam: BeamRun | undefined
  /** Counts what is wished of beam sync: a run that has begun too late for the last one is ended at once. */
  let lastWish = 0
  let heads = NO_HEADS
  let history = NO_HISTORY
  const keeper = new LightClientKeeper(() => store)
  const evms: Remote<SpeculativeEvmService>[] = []
  let pool: EvmPool | undefined
  let onStage: (stage: NodeStage) => void = () => undefined

  const started = (): NodeService => {
    if (service === undefined) throw new Error('the node worker has not been started')
    return service
  }

  const onExecuted = (range: ExecutedRange | undefined): void => {
    view?.setExecuted(range)
    host?.headChanged()
  }

  const onRefused = (block: NamedBlock): void => view?.setRefused(block)

  const endBeam = (): void => {
    lastWish += 1
    beam?.close()
    beam = undefined
    onExecuted(undefined)
  }

  return {
    async prepare() {
      await loadWasmCrypto()
    },
    async start({ network: given, evmPorts, servers, maxHeadAge = Infinity }, events) {
      // Not awaited: nobody waits for progress to be seen.
      onStage = (stage) => void events.onStage(stage)
      network = typeof given === 'string' ? networkByName(given) : parseNetworkFile(given)
      evms.push(...evmPorts.map((port) => wrap<SpeculativeEvmService>(port)))
      const crypto = await loadWasmCrypto()
      pool = new EvmPool(evms, timerLimit, (index) => void events.onEvmHung(index))
      const { keccak } = crypto
      const known = network
      state = new StateNetwork({
        ...{ servers, network, keccak, clock: systemClock, random: Math.random, store: () => store },
        transport: platformTransport(systemClock),
      })
      view = new ChainView({
        ...{ crypto, clock: systemClock, maxHeadAge, ways: undefined, store: () => store },
        ...{ genesisHash: genesisHashOf(network), headerBounds },
        history: { prove: (slot) => history.prove(slot), slotAt: (seconds) => slotAtTime(known, seconds) },
        ...{ selector: state.selector, pool: state.pool, fetcher: state.fetcher },
        onChange: () => host?.headChanged(),
      })
      host = openHost({
        ...{ network, crypto, clock: systemClock, view },
        calls: callRunner({ network, view, evms: pool, lend: proxy }),
        onDefect: (method, error) => void events.onDefect(`${method}: ${messageOf(error)}`),
      })
      service = new NodeService({
        network,
        crypto,
        evms: pool,
        lend: proxy,
        store: undefined,
        now: () => performance.now(),
      })
    },
    async replaceEvm(index, port) {
      evms[index]?.[releaseProxy]()
      evms[index] = wrap<SpeculativeEvmService>(port)
      pool?.replace(index, evms[index])
    },
    async openStore(place, maxBytes) {
      const { keccak } = await loadWasmCrypto()
      const options = { network: started().network, keccak, ...(maxBytes === undefined ? {} : { maxBytes }) }
      const opened = await openStoreAt(place, options, openDisk)
      store = opened.store
      started().useStore(store)
      return { kind: opened.kind, problem: opened.problem }
    },
    async closeStore() {
      endBeam()
      started().useStore(undefined)
      const closing = store
      store = undefined
      await closing?.close()
    },
    async startBeam(settings, events) {
      endBeam()
      const wish = lastWish
      if (store === undefined || network === undefined || pool === undefined || state === undefined)
        return 'another tab of this origin leads: it executes the blocks, and keeps them'
      const tools = {
        ...{ network, crypto: await loadWasmCrypto(), clock: systemClock, state, evms: pool, lend: proxy, store },
        ...{ now: () => performance.now(), onExecuted, onRefused },
      }
      // Not awaited: nobody waits for news to be seen.
      const told: BeamEvents = {
        onStatus: (status) => void events.onStatus(status),
        onNews: (news) => void events.onNews(news),
      }
      const run = await startBeam(settings, tools, told)
      if (wish !== lastWish) {
        run.close()
        return 'it was stopped, or begun anew, before it had begun'
      }
      beam = run
      follow(beam, heads)
      return undefined
    },
    async stopBeam() {
      endBeam()
    },
    async blockTrace(hash) {
      return isHexString(hash, 32) ? beam?.trace(asHash(hexToBytes(hash))) : undefined
    },
    async follow(newest) {
      heads = newest
      view?.setHeads(heads)
      if (beam !== undefined) follow(beam, heads)
    },
    async useHistory(service) {
      history = service
    },
    async openSession(port) {
      started()
      host?.open(port)
    },
    async openChannelSession(name) {
      started()
      host?.openChannel(name)
    },
    async closeChannelSession(name) {
      host?.closeChannel(name)
    },
    verifyBlock: (file) => started().verifyBlock(file, onStage),
    verifyKeptBlock: (hash) => started().verifyKeptBlock(hash, onStage),
    keptBlocks: () => started().keptBlocks(),
    keepLightClient: (records, trust) => keeper.keep(records, trust),
    writeLightClient: (changes, trustedRoot) => keeper.write(changes, trustedRoot),
    keptLightClient: () => keeper.kept(),
    keptHeads: () => keeper.heads(),
    async stats() {
      const stats = started().stats()
      if (stats === undefined) return undefined
      const { error, ...numbers } = stats
      return { ...numbers, problem: error?.message }
    },
    async close() {
      endBeam()
      host?.close()
      view?.close()
      state?.close()
      await store?.close()
      for (const evm of evms) evm[releaseProxy]()
    },
  }
}
