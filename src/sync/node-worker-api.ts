/** The node worker's face: the {@link NodeService} behind messages. Plain data in, plain data out. */
import { proxy, releaseProxy, wrap, type Remote } from 'comlink'
import { networkByName, parseNetworkFile } from '../chain/network.ts'
import { loadWasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { EvmService } from '../execution/remote/evm-messages.ts'
import { openIndexedDbStore } from '../state/store/indexeddb-store.ts'
import { createMemoryStore } from '../state/store/memory-store.ts'
import type { BlockSummary, Store, StoreStats } from '../state/store/store.ts'
import { keptLightClientRecords, keepLightClientRecords, type LightClientRecords } from './light-client-records.ts'
import { NodeService, type NodeBlockReport, type NodeStage } from './node-service.ts'

export interface NodeStart {
  readonly network: string | object
  /** One port to each EVM worker. */
  readonly evmPorts: readonly MessagePort[]
}

/** Told while a block is worked on; blocks are verified one at a time. */
export type OnStage = (stage: NodeStage) => void

export type StoreKind = 'indexeddb' | 'memory'

/** A copy of the statistics that survives `structuredClone` on its way to the page. */
export type PlainStoreStats = Omit<StoreStats, 'error'> & { readonly problem: string | undefined }

export interface NodeWorkerApi {
  start(start: NodeStart, onStage: OnStage): Promise<void>
  /** This tab leads: opens the store. Never rejects; a store that cannot be opened is told, and a memory store serves. */
  openStore(
    kind: StoreKind,
    maxBytes: number | undefined,
  ): Promise<{ readonly kind: StoreKind; readonly problem: string | undefined }>
  verifyBlock(file: Uint8Array): Promise<NodeBlockReport>
  verifyKeptBlock(hash: string): Promise<NodeBlockReport | undefined>
  keptBlocks(): Promise<readonly BlockSummary[]>
  keepLightClient(records: LightClientRecords): Promise<string | undefined>
  keptLightClient(): Promise<LightClientRecords | undefined>
  stats(): Promise<PlainStoreStats | undefined>
  close(): Promise<void>
}

export function createNodeWorkerApi(): NodeWorkerApi {
  let service: NodeService | undefined
  let store: Store | undefined
  let networkName = ''
  let evms: Remote<EvmService>[] = []
  let onStage: OnStage = () => undefined

  const started = (): NodeService => {
    if (service === undefined) throw new Error('the node worker has not been started')
    return service
  }

  return {
    async start({ network: given, evmPorts }, tell) {
      // Not awaited: nobody waits for progress to be seen.
      onStage = (stage) => void tell(stage)
      const network = typeof given === 'string' ? networkByName(given) : parseNetworkFile(given)
      networkName = network.name
      evms = evmPorts.map((port) => wrap<EvmService>(port))
      const crypto = await loadWasmCrypto()
      service = new NodeService({ network, crypto, evms, lend: proxy, store: undefined, now: () => performance.now() })
    },
    async openStore(kind, maxBytes) {
      const { keccak } = await loadWasmCrypto()
      const options = { network: networkName, keccak, ...(maxBytes === undefined ? {} : { maxBytes }) }
      const opened = await openOrMemory(kind, options)
      store = opened.store
      started().useStore(store)
      return { kind: opened.kind, problem: opened.problem }
    },
    verifyBlock: (file) => started().verifyBlock(file, onStage),
    verifyKeptBlock: (hash) => started().verifyKeptBlock(hash, onStage),
    keptBlocks: () => started().keptBlocks(),
    keepLightClient: (records) => keepLightClientRecords(store, records),
    keptLightClient: () => keptLightClientRecords(store),
    async stats() {
      const stats = started().stats()
      if (stats === undefined) return undefined
      const { error, ...numbers } = stats
      return { ...numbers, problem: error?.message }
    },
    async close() {
      await store?.close()
      for (const evm of evms) evm[releaseProxy]()
    },
  }
}

type OpenOptions = Parameters<typeof openIndexedDbStore>[0]

async function openOrMemory(kind: StoreKind, options: OpenOptions) {
  if (kind === 'memory') return { kind, store: createMemoryStore(options), problem: undefined }
  try {
    return { kind, store: await openIndexedDbStore(options), problem: undefined }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { kind: 'memory' as const, store: createMemoryStore(options), problem }
  }
}
