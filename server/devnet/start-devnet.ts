/** A whole network in this process: consensus objects that light clients verify, around execution blocks that really happen. */
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { presetByName } from '../../src/chain/beacon-preset.ts'
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { parseNetworkFile } from '../../src/chain/network.ts'
import { mainnet } from '../../src/chain/networks/mainnet.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { LocalExecution } from '../execution/local-execution.ts'
import { startBeaconChain, type ChainEvents } from './beacon-chain.ts'
import { DEFAULT_AGE_PERIODS, DEFAULT_SLOT_SECONDS, DENSE_SLOTS, WORKLOAD_SLOTS } from './defaults.ts'
import { devnetNetworkFile, type ForkEpochs, type NetworkFile } from './devnet-network.ts'
import { executedPayloads } from './executed-payloads.ts'
import { ExecutionChain } from './execution/execution-chain.ts'
import { gatewayChain, type GatewayChain } from './gateway-chain.ts'
import { sharedKeys } from './light-client/committee-keys.ts'
import { payloadTimestamp } from './light-client/payload-timestamp.ts'
import { newestSlot } from './live-chain.ts'

export interface DevnetOptions {
  /** Equal options and start times give equal chains. Default: `devnet`. */
  readonly seed?: string | undefined
  /** Default: mainnet. */
  readonly preset?: PresetName | undefined
  /** Default: {@link DEFAULT_SLOT_SECONDS}. Fractions are for tests. */
  readonly slotSeconds?: number | undefined
  /** Default: Deneb, Electra and Fulu from genesis. */
  readonly forks?: ForkEpochs | undefined
  /** How old the chain is at the start, in sync committee periods; 0: it begins now. Default: {@link DEFAULT_AGE_PERIODS}. */
  readonly agePeriods?: number | undefined
  /** Seconds since 1970 that count as the start; blocks from then until now are made before it serves. Default: now. */
  readonly startTime?: number | undefined
  /** Genesis, validators root and forks of a public network; preset, slot time and forks are then its own. */
  readonly as?: 'mainnet' | undefined
  /** Slots before the start that have blocks with workload. Default: {@link WORKLOAD_SLOTS}. */
  readonly workloadSlots?: number | undefined
  /** Of the genesis state. Default: that of the execution chain. */
  readonly accounts?: number | undefined
  /** Gas of a block's workload. Default: that of the execution chain. */
  readonly gas?: number | undefined
  /** Missed slots, participation, orphans, pauses of finality, withheld payloads; slots count from genesis. */
  readonly events?: ChainEvents | undefined
  /**
   * Slots with an invalid block that the committee signs. The next slot's block carries the signatures; the chain then
   * goes on from the block before. Default: none.
   */
  readonly invalidSlots?: readonly number[] | undefined
  /** Blocks after the start, and none after these. Default: it never stops. */
  readonly moreBlocks?: number | undefined
  /** Where the genesis state is kept between runs; left out: it is made anew. */
  readonly cacheFolder?: string | undefined
  /** Default: the machine's. */
  readonly clock?: Clock | undefined
  /** A block could not be made; the chain has stopped then. Default: the error is thrown where nobody catches it. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

export interface Devnet extends GatewayChain {
  /** The same blocks, and their states. */
  readonly execution: LocalExecution
}

/** Rejects where the genesis or a block cannot be made. @throws {RangeError} for options that make no chain */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { seed = 'devnet', clock = systemClock, workloadSlots = WORKLOAD_SLOTS, invalidSlots = [] } = options
  const frame = frameOf(options, seed, clock)
  const bare = parseNetworkFile(frame.file)
  const startSlot = newestSlot(bare, clock)
  const crypto = await loadWasmCrypto()
  const { accounts, gas, cacheFolder } = options
  const genesis = { number: frame.genesisNumber, timestamp: payloadTimestamp(bare, frame.firstSlot - 1) }
  const executionOptions = { network: bare, seed, genesis, accounts, gas, cacheFolder, crypto, clock }
  const [executionChain] = await Promise.all([
    ExecutionChain.open(executionOptions),
    // Loads while the genesis state does; the beacon chain asks for the same.
    sharedKeys(bare.preset.syncCommitteeSize),
  ])
  const beaconChain = await startBeaconChain({
    ...frame,
    seed,
    clock,
    startSlot,
    denseSlots: Math.max(DENSE_SLOTS, workloadSlots),
    checkpointSlot: frame.firstSlot,
    payloads: (network) =>
      executedPayloads(executionChain, { network, invalidSlots, workloadFrom: frame.lastSlot + 1 - workloadSlots }),
    events: { ...options.events, orphans: [...(options.events?.orphans ?? []), ...invalidBranches(invalidSlots)] },
    moreBlocks: options.moreBlocks,
    onFailure: options.onFailure,
  })
  return { ...gatewayChain(beaconChain), execution: executionChain.local }
}

/** No honest block can build on an invalid one, so it is on a branch that the chain leaves. */
const invalidBranches = (slots: readonly number[]) =>
  slots.map((fromSlot) => ({ fromSlot, length: 2, signers: 'all' }) as const)

interface Frame {
  readonly file: NetworkFile
  readonly firstSlot: number
  /** The slot that begins now has no block yet. */
  readonly lastSlot: number
  /** Of the execution chain's first block, which is a slot older than the beacon chain. */
  readonly genesisNumber: number
}

function frameOf(options: DevnetOptions, seed: string, clock: Clock): Frame {
  const { agePeriods = DEFAULT_AGE_PERIODS } = options
  const now = options.startTime ?? clock.now() / 1000
  if (options.as === 'mainnet') return mainnetFrame(seed, now, agePeriods)
  const { preset: presetName = 'mainnet', slotSeconds = DEFAULT_SLOT_SECONDS } = options
  const forks = options.forks ?? { deneb: 0, electra: 0, fulu: 0 }
  const age = Math.round(agePeriods * periodSlots(presetName))
  const genesisTime = Math.floor(now - age * slotSeconds)
  const file = devnetNetworkFile({ seed, preset: presetName, slotSeconds, genesisTime, forks })
  return { file, firstSlot: 0, lastSlot: age - 1, genesisNumber: 0 }
}

/** Of mainnet's first block of proof of stake (2022-09-15); since then there is about one a slot. */
const MERGE_SLOT = 4_700_013

/** Begins at a period's start: what is before it nobody could prove anyway. */
function mainnetFrame(seed: string, now: number, agePeriods: number): Frame {
  const slot = Math.floor((now - mainnet.genesisTime) / mainnet.slotSeconds)
  const period = periodSlots('mainnet')
  const firstSlot = Math.floor((slot - agePeriods * period) / period) * period
  // Clients keep what they have proven by the network's name, and the true mainnet is another.
  const file = { ...mainnet, name: `mainnet-devnet-${seed}` } as unknown as NetworkFile
  const genesisNumber = mainnet.execution.mergeForkBlock + firstSlot - MERGE_SLOT
  return { file, firstSlot, lastSlot: slot - 1, genesisNumber }
}

function periodSlots(name: PresetName): number {
  const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = presetByName(name)
  return slotsPerEpoch * epochsPerSyncCommitteePeriod
}
