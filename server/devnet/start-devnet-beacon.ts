/** A devnet's beacon side in one call, with made-up payloads: a chain that grows with the clock, served by local beacon API servers. */
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { presetByName } from '../../src/chain/beacon-preset.ts'
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import type { Network } from '../../src/chain/network.ts'
import { parseNetworkFile } from '../../src/chain/network.ts'
import type { BeaconApiServer } from '../beacon-api/beacon-api-server.ts'
import { startBeaconApi } from '../beacon-api/beacon-api-server.ts'
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import { Faults } from '../faults/faults.ts'
import { startBeaconChain, type ChainEvents } from './beacon-chain.ts'
import type { ForkEpochs, NetworkFile } from './devnet-network.ts'
import { devnetNetworkFile } from './devnet-network.ts'
import { seededNumbers } from './light-client/seeded.ts'
import type { SyntheticBlock, SyntheticChain } from './light-client/synthetic-chain.ts'
import type { LiveChain } from './live-chain.ts'

export interface DevnetBeaconOptions {
  /** Default: `devnet`. */
  readonly seed?: string
  /** Default: minimal. */
  readonly preset?: PresetName
  /** Whole seconds. Default: that of the preset, 12 or 6. */
  readonly slotSeconds?: number
  /** Default: Fulu from genesis. */
  readonly forks?: ForkEpochs
  /** What the chain grows by. Default: the machine's. */
  readonly clock?: Clock
  /** How old the chain is at the start, in sync committee periods. Default: 2. */
  readonly agePeriods?: number
  /** How long ago the network file's checkpoint was finalized at least, in periods. Default: the chain's age. */
  readonly checkpointPeriods?: number
  /** Missed slots, participation, orphans and the like; slots count from genesis. */
  readonly chain?: ChainEvents
  /** Of the first server. Default: 0, any. */
  readonly port?: number
}

export interface DevnetBeacon {
  /** Of the first server. */
  readonly url: string
  /** With the first server and a checkpoint in it. */
  readonly networkFile: NetworkFile
  /** The same, read. */
  readonly network: Network
  readonly chain: SyntheticChain
  readonly live: LiveChain
  /** What the first server serves. */
  readonly source: BeaconSource
  readonly server: BeaconApiServer
  /** The block of the network file's checkpoint. */
  readonly checkpoint: SyntheticBlock
  /** Another server, of the same chain where no other source is given; `close` ends it too. */
  addServer(source?: BeaconSource): Promise<BeaconApiServer>
  /** The same chain as of some slots ago. */
  staleSource(slots: number): BeaconSource
  /** Ends servers and growth. */
  close(): Promise<void>
}

const DEFAULT_SLOT_SECONDS: Readonly<Record<PresetName, number>> = { mainnet: 12, minimal: 6 }

/** Epochs before the start in which the chain has a block in every slot: what a client reads near the head. */
const DENSE_EPOCHS = 16

/** Serves once the promise is kept. */
export async function startDevnetBeacon(options: DevnetBeaconOptions = {}): Promise<DevnetBeacon> {
  const { seed = 'devnet', preset: presetName = 'minimal', clock = systemClock, agePeriods = 2 } = options
  const preset = presetByName(presetName)
  const slotSeconds = options.slotSeconds ?? DEFAULT_SLOT_SECONDS[presetName]
  const periodSlots = preset.slotsPerEpoch * preset.epochsPerSyncCommitteePeriod
  const age = Math.round(agePeriods * periodSlots)
  const genesisTime = Math.floor(clock.now() / 1000) - age * slotSeconds
  const forks = options.forks ?? { fulu: 0 }
  // The slot that begins now has no block yet.
  const lastSlot = age - 1
  const { beacon, chain, live, checkpoint, ...rest } = await startBeaconChain({
    file: devnetNetworkFile({ seed, preset: presetName, slotSeconds, genesisTime, forks }),
    seed,
    clock,
    lastSlot,
    denseSlots: DENSE_EPOCHS * preset.slotsPerEpoch,
    checkpointSlot: lastSlot - (options.checkpointPeriods ?? agePeriods) * periodSlots,
    events: options.chain,
  })
  const servers: BeaconApiServer[] = []
  const serve = async (from: BeaconSource, port?: number): Promise<BeaconApiServer> => {
    const faults = new Faults({ random: seededNumbers(`${seed}, faults ${servers.length}`) })
    const server = await startBeaconApi({ source: from, clock, faults, ...(port !== undefined && { port }) })
    servers.push(server)
    return server
  }
  const server = await serve(beacon, options.port)
  const networkFile = rest.networkFile([{ kind: 'beacon', url: server.url }])
  return {
    url: server.url,
    networkFile,
    network: parseNetworkFile(networkFile),
    chain,
    live,
    source: beacon,
    server,
    checkpoint,
    addServer: (other = beacon) => serve(other),
    staleSource: (slots) => rest.staleSource(slots),
    close: async () => {
      await rest.close()
      await Promise.all(servers.map((one) => one.close()))
    },
  }
}
