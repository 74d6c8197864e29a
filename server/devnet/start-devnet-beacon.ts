/** A devnet's beacon side in one call: a generated chain that grows with the clock, served by local beacon API servers. */
import { bytesToHex } from '@ethereumjs/util'
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
import { ChainSource } from './chain-source.ts'
import type { ForkEpochs, NetworkFile } from './devnet-network.ts'
import { devnetNetworkFile } from './devnet-network.ts'
import type { SyntheticChainOptions } from './light-client/chain-plan.ts'
import { seededNumbers } from './light-client/seeded.ts'
import type { SyntheticBlock } from './light-client/synthetic-chain.ts'
import { SyntheticChain } from './light-client/synthetic-chain.ts'
import { LiveChain } from './live-chain.ts'

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
  readonly chain?: Omit<SyntheticChainOptions, 'network' | 'seed' | 'firstSlot' | 'lastSlot'>
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

/** Serves once the promise is kept. @throws {RangeError} where the chain is too young to have finalized a block */
export async function startDevnetBeacon(options: DevnetBeaconOptions = {}): Promise<DevnetBeacon> {
  const { seed = 'devnet', preset: presetName = 'minimal', clock = systemClock, agePeriods = 2 } = options
  const preset = presetByName(presetName)
  const slotSeconds = options.slotSeconds ?? DEFAULT_SLOT_SECONDS[presetName]
  const periodSlots = preset.slotsPerEpoch * preset.epochsPerSyncCommitteePeriod
  const age = agePeriods * periodSlots
  const genesisTime = Math.floor(clock.now() / 1000) - Math.round(age) * slotSeconds
  const forks = options.forks ?? { fulu: 0 }
  const file = devnetNetworkFile({ seed, preset: presetName, slotSeconds, genesisTime, forks })
  const bare = parseNetworkFile(file)
  // The slot that begins now has no block yet.
  const lastSlot = Math.round(age) - 1
  const chain = await SyntheticChain.create({
    sparseBefore: Math.max(lastSlot - DENSE_EPOCHS * preset.slotsPerEpoch, 0),
    ...options.chain,
    network: bare,
    seed,
    firstSlot: 0,
    lastSlot,
  })
  const checkpoint = findCheckpoint(chain, lastSlot - (options.checkpointPeriods ?? agePeriods) * periodSlots)
  const live = new LiveChain(bare, chain, clock)
  const source = new ChainSource(live)
  const servers: BeaconApiServer[] = []
  const serve = async (from: BeaconSource, port?: number): Promise<BeaconApiServer> => {
    const faults = new Faults({ random: seededNumbers(`${seed}, faults ${servers.length}`), now: () => clock.now() })
    const server = await startBeaconApi({ source: from, clock, faults, ...(port !== undefined && { port }) })
    servers.push(server)
    return server
  }
  const server = await serve(source, options.port)
  const networkFile: NetworkFile = {
    ...file,
    checkpoint: {
      root: bytesToHex(checkpoint.root),
      epoch: Math.ceil(checkpoint.slot / preset.slotsPerEpoch),
    },
    servers: [{ kind: 'beacon', url: server.url }],
  }
  return {
    url: server.url,
    networkFile,
    network: parseNetworkFile(networkFile),
    chain,
    live,
    source,
    server,
    checkpoint,
    addServer: (other = source) => serve(other),
    staleSource: (slots) => new ChainSource(live, slots),
    close: async () => {
      live.stop()
      await Promise.all(servers.map((one) => one.close()))
    },
  }
}

/** The newest finalized checkpoint at or before a slot, or the oldest there is. */
function findCheckpoint(chain: SyntheticChain, slot: number): SyntheticBlock {
  const { finalized } = chain.head
  if (finalized === undefined) throw new RangeError('the chain is too young to have finalized a block: raise its age')
  const { blocks } = chain
  const isOffered = (block: SyntheticBlock): boolean =>
    block.slot > 0 && block.slot <= finalized.slot && chain.isCheckpoint(block)
  return blocks.findLast((block) => block.slot <= slot && isOffered(block)) ?? blocks.find(isOffered) ?? finalized
}
