/** Whom blocks and state are had from, and what of them is at hand: shared by the import of blocks and by answers. */
import type { Clock } from '../chain/clock.ts'
import type { Keccak } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import type { HttpTransport } from '../network/http/transport.ts'
import type { Store } from '../state/store/store.ts'
import { importFetcher } from './beam/import-fetcher.ts'
import { StateServers, type StateServerStatus } from './beam/state-servers.ts'
import type { ImportFetcher } from './import/import-tools.ts'
import { ContentPool, type ContentStore } from './state-fetch/content-pool.ts'
import { ServerSelector } from './state-fetch/server-selector.ts'

export interface StateNetworkOptions {
  /** Base URLs of gateways and execution clients. */
  readonly servers: readonly string[]
  readonly network: Network
  readonly keccak: Keccak
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  readonly transport: HttpTransport
  /** What is kept now; undefined in a tab that does not lead. */
  readonly store: () => Store | undefined
}

export class StateNetwork {
  readonly selector: ServerSelector
  readonly pool: ContentPool
  readonly fetcher: ImportFetcher
  private readonly servers: StateServers
  private readonly listeners = new Set<() => void>()

  constructor({ servers: urls, network, keccak, clock, random, transport, store }: StateNetworkOptions) {
    this.selector = new ServerSelector({ clock, random })
    this.pool = new ContentPool({ store: contentsOf(store) })
    const headers = { getHeader: async (hash: Parameters<Store['getHeader']>[0]) => store()?.getHeader(hash) }
    this.fetcher = importFetcher({ selector: this.selector, keccak, store: headers })
    this.servers = new StateServers({
      ...{ urls, selector: this.selector, clock },
      probe: { transport, network, keccak },
      onChange: () => {
        for (const listen of this.listeners) listen()
      },
    })
  }

  statuses(): StateServerStatus[] {
    return this.servers.statuses()
  }

  /** Called when a server's status is another; must not throw. @returns ends that */
  onChange(listen: () => void): () => void {
    this.listeners.add(listen)
    return () => void this.listeners.delete(listen)
  }

  close(): void {
    this.servers.close()
  }
}

/** Of the store there is at the time. */
function contentsOf(store: () => ContentStore | undefined): ContentStore {
  return {
    getNodes: async (hashes) => (await store()?.getNodes(hashes)) ?? hashes.map(() => undefined),
    getCodes: async (hashes) => (await store()?.getCodes(hashes)) ?? hashes.map(() => undefined),
  }
}
