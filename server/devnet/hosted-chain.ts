/** A beacon chain around execution blocks that others made. */
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { presetByName } from '../../src/chain/beacon-preset.ts'
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { startBeaconChain, type BeaconChain } from './beacon-chain.ts'
import { DEFAULT_AGE_PERIODS, DEFAULT_SLOT_SECONDS, DENSE_SLOTS } from './defaults.ts'
import { devnetNetworkFile, type ForkEpochs } from './devnet-network.ts'
import type { PayloadMaker } from './light-client/payload-maker.ts'

export interface HostedChainOptions {
  /** geth's "config" object. */
  readonly execution: Readonly<Record<string, unknown>>
  readonly forks: ForkEpochs
  /** @param startSlot the first slot that comes by the clock */
  readonly payloads: (startSlot: number) => PayloadMaker
  readonly ageSlots?: number
  readonly seed?: string
  readonly preset?: PresetName
  readonly slotSeconds?: number
  readonly clock?: Clock
}

export async function startHostedChain(options: HostedChainOptions): Promise<BeaconChain> {
  const { seed = 'devnet', preset: presetName = 'mainnet', slotSeconds = DEFAULT_SLOT_SECONDS } = options
  const { clock = systemClock, execution, forks } = options
  const preset = presetByName(presetName)
  const periodSlots = preset.slotsPerEpoch * preset.epochsPerSyncCommitteePeriod
  const age = options.ageSlots ?? DEFAULT_AGE_PERIODS * periodSlots
  const genesisTime = Math.floor(clock.now() / 1000 - age * slotSeconds)
  const payloads = options.payloads(age)
  return startBeaconChain({
    file: devnetNetworkFile({ seed, preset: presetName, slotSeconds, genesisTime, forks, execution }),
    seed,
    clock,
    // The slot that begins now has no block yet.
    lastSlot: age - 1,
    denseSlots: DENSE_SLOTS,
    checkpointSlot: 0,
    payloads: () => payloads,
  })
}
