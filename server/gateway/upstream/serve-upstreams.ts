/** `--beacon URL... --execution URL...`: other nodes' chain, relayed. Nothing of it is trusted, neither here nor by tabs. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../../src/chain/bytes.ts'
import { systemClock, type Clock } from '../../../src/chain/clock.ts'
import type { Network } from '../../../src/chain/network.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { platformTransport } from '../../../src/network/http/transport.ts'
import { UnavailableError } from '../../execution/execution-source.ts'
import type { ServedChain } from '../served-chain.ts'
import { RelayedBeacon } from './beacon/relayed-beacon.ts'
import { DiskCache } from './execution/disk-cache.ts'
import { UpstreamExecution } from './execution/upstream-execution.ts'

export interface UpstreamOptions {
  readonly network: Network
  /** The same as a JSON value. */
  readonly file: Readonly<Record<string, unknown>>
  /** URLs of beacon nodes, the one to be asked first before others. */
  readonly beacon: readonly string[]
  /** The same of execution clients. */
  readonly execution: readonly string[]
  /** Where witnesses are kept; left out: in memory only. */
  readonly cacheFolder?: string
  /** Of that folder. Default: {@link DEFAULT_CACHE_BYTES}. */
  readonly cacheBytes?: number
  readonly clock?: Clock
}

export interface RelayedChain extends ServedChain {
  readonly beacon: RelayedBeacon
  readonly execution: UpstreamExecution
}

/** Witnesses of mainnet's blocks have 3 MB on average: those of an hour. */
export const DEFAULT_CACHE_BYTES = 1 << 30

/**
 * Serves also while upstreams do not answer: what is asked for is then unavailable.
 * @throws {ServerUrlError} @throws {WrongChainError} for an execution client of another chain
 */
export async function serveUpstreams(options: UpstreamOptions): Promise<RelayedChain> {
  const { network, file, clock = systemClock, cacheFolder, cacheBytes = DEFAULT_CACHE_BYTES } = options
  const crypto = await loadWasmCrypto()
  const transport = platformTransport(clock)
  const disk = cacheFolder === undefined ? undefined : await DiskCache.open(cacheFolder, cacheBytes)
  const execution = await UpstreamExecution.open({
    network,
    urls: options.execution,
    ...{ transport, clock, crypto, disk },
  })
  const beacon = await RelayedBeacon.open({ network, urls: options.beacon, transport, clock, keccak: crypto.keccak })
  let checkpoint = network.checkpoint === null ? await finalizedCheckpoint(beacon) : checkpointJson(network.checkpoint)
  // Nodes give bootstraps of what was finalized lately.
  const stop = beacon.listen((news) => {
    if (news.kind !== 'finalized' || network.checkpoint !== null) return
    checkpoint = checkpointJson({ root: news.block.root, epoch: news.epoch })
  })
  return {
    beacon,
    execution,
    networkFile: (url) => ({
      ...file,
      checkpoint,
      servers: (['gateway', 'beacon', 'execution'] as const).map((kind) => ({ kind, url })),
    }),
    checkpoint: checkpoint?.root ?? null,
    about: {
      relays: { beacon: beacon.names, execution: execution.names },
      checkpoint:
        network.checkpoint === null
          ? 'The one in the network file is what a beacon node says: compare it with sources of your own.'
          : 'The one in the network file is from whoever runs this: compare it with sources of your own.',
    },
    falseViews: undefined,
    close: () => {
      stop()
      beacon.close()
      execution.close()
      return Promise.resolve()
    },
  }
}

interface CheckpointJson {
  readonly root: string
  readonly epoch: number
}

const checkpointJson = ({ root, epoch }: { readonly root: Root; readonly epoch: number }): CheckpointJson => ({
  root: bytesToHex(root),
  epoch,
})

/** By upstreams' word; null where none is finalized yet, or nobody says. */
async function finalizedCheckpoint(beacon: RelayedBeacon): Promise<CheckpointJson | null> {
  try {
    const said = await beacon.finalityCheckpoints({ kind: 'head' })
    if (said === undefined || said.finalized.root.every((byte) => byte === 0)) return null
    return checkpointJson(said.finalized)
  } catch (error) {
    if (error instanceof UnavailableError) return null
    throw error
  }
}
