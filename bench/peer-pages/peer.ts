/** What the pages of this benchmark have in common: a client of some make behind the same few calls. */

/** Plain data: it goes to the page. */
export interface PeerServers {
  /** A beacon node's, and an execution client's JSON-RPC. */
  readonly consensusUrl: string
  readonly executionUrl: string
  /** Block root that is trusted. */
  readonly checkpoint: string
  /** The chain's network file, where a client takes one. */
  readonly network: object
}

export interface Peer {
  /** Resolves at the first head. */
  sync(servers: PeerServers): Promise<void>
  request(method: string, params: readonly unknown[]): Promise<unknown>
}

declare global {
  interface Window {
    /** ms, by the page's clock. */
    syncPeer(servers: PeerServers): Promise<number>
    askPeer(method: string, params: readonly unknown[]): Promise<{ readonly ms: number; readonly error?: string }>
  }
}

export function showPeer(peer: Peer): void {
  window.syncPeer = async (servers) => {
    const start = performance.now()
    await peer.sync(servers)
    return performance.now() - start
  }
  window.askPeer = async (method, params) => {
    const start = performance.now()
    try {
      await peer.request(method, params)
      return { ms: performance.now() - start }
    } catch (error) {
      return { ms: performance.now() - start, error: error instanceof Error ? error.message : String(error) }
    }
  }
}
