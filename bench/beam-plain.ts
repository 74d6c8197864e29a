/** In-order execution that stops at each value it lacks and asks for it: what there is without running ahead. */
import { systemClock } from '../src/chain/clock.ts'
import { networkByName } from '../src/chain/network.ts'
import { decodeRawBlock } from '../src/execution/block/raw-block.ts'
import { loadWasmCrypto } from '../src/execution/crypto/wasm-crypto.ts'
import type { StatelessBlock } from '../src/execution/stateless-block.ts'
import { platformTransport } from '../src/network/http/transport.ts'
import { BlockFetch } from '../src/sync/state-fetch/block-fetch.ts'
import { ContentPool } from '../src/sync/state-fetch/content-pool.ts'
import { executeWithFaults } from '../src/sync/state-fetch/fetch-and-execute.ts'
import { probeStateServer } from '../src/sync/state-fetch/probe-server.ts'
import { ServerSelector } from '../src/sync/state-fetch/server-selector.ts'

export interface PlainRun {
  /** One for each value that is missing, each by its whole path. */
  readonly roundTrips: number
  /** Over a server that answers at once. */
  readonly ms: number
}

/** @param url of a server without latency: how often it waits is the same with it @throws {Error} unless it is verified */
export async function runPlainly(block: StatelessBlock, url: string): Promise<PlainRun> {
  const crypto = await loadWasmCrypto()
  const { keccak } = crypto
  const network = networkByName(block.network)
  const transport = platformTransport(systemClock)
  const { signal } = new AbortController()
  const selector = new ServerSelector({ clock: systemClock, random: Math.random })
  selector.add((await probeStateServer(url, { transport, network, keccak, signal })).server)
  const raw = decodeRawBlock(block.block, keccak)
  const { preStateRoot: parentStateRoot, blockHashes } = block
  const fetch = new BlockFetch({
    ...{ pool: new ContentPool(), selector, keccak, clock: systemClock, ways: new Set(['paths'] as const) },
    ...{ block: raw.header, parentHash: raw.header.parentHash, parentStateRoot },
  })
  const headers = [block.parentHeader, ...block.headers].filter((header) => header !== undefined)
  const start = performance.now()
  const now = () => performance.now()
  const input = { fetch, network, block: raw, crypto, now, parentStateRoot, ground: { headers, blockHashes } }
  const verification = await executeWithFaults(input)
  if (verification.kind !== 'verified') throw new Error(`block ${block.number}: ${JSON.stringify(verification)}`)
  return { roundTrips: fetch.costs().roundTrips, ms: now() - start }
}
