/** The network file of a generated chain. */
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { presetByName } from '../../src/chain/beacon-preset.ts'
import type { ForkName, Server } from '../../src/chain/network.ts'
import { FORK_NAMES } from '../../src/chain/network.ts'
import { bytesToHex } from '@ethereumjs/util'
import { seededBytes } from './light-client/seeded.ts'

/** Epochs of forks, those that the network knows. */
export type ForkEpochs = Readonly<Partial<Record<ForkName, number>>>

export interface DevnetNetworkOptions {
  readonly seed: string
  readonly preset: PresetName
  readonly slotSeconds: number
  /** Seconds since 1970. */
  readonly genesisTime: number
  readonly forks: ForkEpochs
}

/** The form of the documentation's "Network file". */
export interface NetworkFile {
  readonly name: string
  readonly chainId: number
  readonly preset: PresetName
  readonly slotSeconds: number
  readonly genesisTime: number
  readonly genesisValidatorsRoot: string
  readonly forks: readonly { readonly name: ForkName; readonly epoch: number; readonly version: string }[]
  readonly blobSchedule: readonly { readonly epoch: number; readonly maxBlobs: number }[]
  readonly weakSubjectivityEpochs: null
  readonly execution: Readonly<Record<string, unknown>>
  readonly checkpoint: { readonly root: string; readonly epoch: number } | null
  readonly servers: readonly Server[]
}

/** geth's usual id of a private chain. */
const CHAIN_ID = 1337

/** The execution fork that comes with each beacon fork, as geth's "config" names its time. */
const EXECUTION_FORKS: Readonly<Partial<Record<ForkName, string>>> = {
  capella: 'shanghaiTime',
  deneb: 'cancunTime',
  electra: 'pragueTime',
  fulu: 'osakaTime',
  gloas: 'amsterdamTime',
}

/** Versions are those of the minimal preset's configuration, 0x0N000001, which no public network has. */
export function devnetNetworkFile(options: DevnetNetworkOptions): NetworkFile {
  const { seed, preset, slotSeconds, genesisTime } = options
  const forks = FORK_NAMES.flatMap((name, number) => {
    const epoch = options.forks[name]
    return epoch === undefined ? [] : [{ name, epoch, version: `0x0${number}000001` }]
  })
  return {
    name: 'devnet',
    chainId: CHAIN_ID,
    preset,
    slotSeconds,
    genesisTime,
    genesisValidatorsRoot: bytesToHex(seededBytes(`${seed}, genesis validators`)),
    forks,
    blobSchedule: [],
    weakSubjectivityEpochs: null,
    execution: executionConfig(options),
    checkpoint: null,
    servers: [],
  }
}

/** A fork that the schedule leaves out came with the first one that it has after it. */
function executionConfig({ preset, slotSeconds, genesisTime, forks }: DevnetNetworkOptions): Record<string, unknown> {
  const { slotsPerEpoch } = presetByName(preset)
  const times = Object.entries(EXECUTION_FORKS).flatMap(([name, field]) => {
    const later = FORK_NAMES.slice(FORK_NAMES.indexOf(name as ForkName))
    const epoch = later.map((fork) => forks[fork]).find((known) => known !== undefined)
    if (epoch === undefined) return []
    return [[field, epoch === 0 ? 0 : genesisTime + epoch * slotsPerEpoch * slotSeconds] as const]
  })
  return {
    chainId: CHAIN_ID,
    terminalTotalDifficulty: 0,
    terminalTotalDifficultyPassed: true,
    ...Object.fromEntries(times),
  }
}
