/** Recorded blocks behind gateways with latency and faults, and a client that executes them on what it fetches. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { systemClock } from '../../../src/chain/clock.ts'
import { networkByName } from '../../../src/chain/network.ts'
import { decodeRawBlock } from '../../../src/execution/block/raw-block.ts'
import type { Verification } from '../../../src/execution/block/verification.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { witnessBlock } from '../../../src/execution/witness-blocks.fixtures.ts'
import { platformTransport } from '../../../src/network/http/transport.ts'
import type { TouchedKeys } from '../../../src/network/state-service/messages.ts'
import { BlockFetch } from '../../../src/sync/state-fetch/block-fetch.ts'
import { ContentPool, type ContentStore } from '../../../src/sync/state-fetch/content-pool.ts'
import { executeWithFaults, prefetchBlock } from '../../../src/sync/state-fetch/fetch-and-execute.ts'
import { probeStateServer } from '../../../src/sync/state-fetch/probe-server.ts'
import { ServerSelector } from '../../../src/sync/state-fetch/server-selector.ts'
import type { SourceName } from '../../../src/sync/state-fetch/sources/source.ts'
import { codesOf, valuesOf } from '../../../src/sync/state-fetch/sources/source.ts'
import type { AskKind, StateServer } from '../../../src/sync/state-fetch/state-server.ts'
import type { FetchCosts } from '../../../src/sync/state-fetch/trip-counter.ts'
import type { WayName } from '../../../src/sync/state-fetch/ways/bring.ts'
import { seededNumbers } from '../../devnet/light-client/seeded.ts'
import { startGateway, type Gateway } from '../start-gateway.ts'
import { serveRecorded, type RecordedChain } from './serve-recorded.ts'

const crypto = await loadWasmCrypto()
const { signal } = new AbortController()

export interface RecordedGateways {
  readonly gateways: readonly Gateway[]
  readonly chain: RecordedChain
  close(): Promise<void>
}

const mainnet = networkByName('mainnet')

/** Serves some blocks of mainnet from so many gateways. */
export async function recordedGateways(
  data: string,
  blocks: readonly number[],
  { count, latency = 0 }: { readonly count: number; readonly latency?: number },
): Promise<RecordedGateways> {
  const folder = await mkdtemp(join(tmpdir(), 'beamtab-state-fetch-'))
  for (const block of blocks) {
    const name = `mainnet-${block}.json.gz`
    await copyFile(join(data, 'witness-blocks', name), join(folder, name))
  }
  const chain = await serveRecorded({ folder, onFailure: (error) => process.stderr.write(`${String(error)}\n`) })
  const orders = { faults: [], conditions: [{ route: 'all', latency }] }
  const gateways = await Promise.all(
    Array.from({ length: count }, (_, place) =>
      startGateway({ chain, log: pino({ level: 'silent' }), orders, seed: `gateway ${place}` }),
    ),
  )
  return {
    gateways,
    chain,
    close: async () => {
      await Promise.all(gateways.map((gateway) => gateway.close()))
      await chain.close()
      await rm(folder, { recursive: true })
    },
  }
}

export interface Run {
  readonly block: number
  readonly gateways: readonly Gateway[]
  readonly sources?: readonly SourceName[]
  readonly ways?: readonly WayName[]
  /** What servers are not asked, whatever they offer. */
  readonly without?: readonly AskKind[]
  /** Walked down to before the block is executed. */
  readonly keys?: readonly TouchedKeys[] | undefined
  readonly pool?: ContentPool
  readonly store?: ContentStore
  readonly selector?: ServerSelector
}

export interface RunResult {
  readonly verification: Verification
  readonly costs: FetchCosts
  readonly ms: number
  readonly fetch: BlockFetch
}

export async function selectorOver(
  gateways: readonly Gateway[],
  without: readonly AskKind[] = [],
): Promise<ServerSelector> {
  const selector = new ServerSelector({ clock: systemClock, random: seededNumbers('state fetch') })
  const transport = platformTransport(systemClock)
  for (const { url } of gateways) {
    const { server } = await probeStateServer(url, { transport, network: mainnet, keccak: crypto.keccak, signal })
    selector.add(deprived(server, without))
  }
  return selector
}

function deprived(server: StateServer, without: readonly AskKind[]): StateServer {
  const kept = Object.entries(server.answers).filter(([kind]) => !without.includes(kind as AskKind))
  return { ...server, answers: Object.fromEntries(kept) }
}

/** Executes a block on an empty state. */
export async function fetchedRun(data: string, run: Run): Promise<RunResult> {
  const recorded = await witnessBlock(data, `mainnet-${run.block}`)
  const block = decodeRawBlock(recorded.block, crypto.keccak)
  const selector = run.selector ?? (await selectorOver(run.gateways, run.without))
  const pool = run.pool ?? new ContentPool({ store: run.store })
  const fetch = new BlockFetch({
    ...{ pool, selector, keccak: crypto.keccak, clock: systemClock },
    ...{ block: block.header, parentHash: block.header.parentHash, parentStateRoot: recorded.preStateRoot },
    ...(run.ways && { ways: new Set(run.ways) }),
  })
  const begun = performance.now()
  const headers = [recorded.parentHeader, ...recorded.headers].filter((header) => header !== undefined)
  const input = {
    ...{ fetch, block, crypto, network: mainnet, parentStateRoot: recorded.preStateRoot },
    ...{ ground: { headers, blockHashes: recorded.blockHashes }, now: () => performance.now() },
  }
  const predicted = await prefetchBlock(input, new Set(run.sources ?? []))
  if (run.keys !== undefined) {
    await fetch.prefetch(valuesOf(run.keys))
    await fetch.prefetch(codesOf(run.keys))
  }
  const verification = await executeWithFaults(input, predicted)
  return { verification, costs: fetch.costs(), ms: performance.now() - begun, fetch }
}
