/** The network file of a generated chain. */
import { bytesToHex } from '@ethereumjs/util'
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { presetByName } from '../../src/chain/beacon-preset.ts'
import type { ForkName, Server } from '../../src/chain/network.ts'
import { FORK_NAMES } from '../../src/chain/network.ts'
import { payloadTimestamp } from './light-client/payload-timestamp.ts'
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
  /** geth's "config" object. Default: one whose forks come with those of the beacon chain. */
  readonly execution?: Readonly<Record<string, unknown>> | undefined
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
  readonly weakSubjectivityEpochs: number | null
  readonly execution: Readonly<Record<string, unknown>>
  readonly checkpoint: { readonly root: string; readonly epoch: number } | null
  readonly servers: readonly Server[]
}

/** geth's usual id of a private chain. */
const CHAIN_ID = 1337

/** Where deposits go on mainnet and on every network that says nothing else (EIP-6110). */
const DEPOSIT_CONTRACT = '0x00000000219ab540356cbb839cbe05303d7705fa'

/** The execution fork that comes with each beacon fork, as geth names it. */
const EXECUTION_FORKS: readonly (readonly [beacon: ForkName, execution: string])[] = [
  ['capella', 'shanghai'],
  ['deneb', 'cancun'],
  ['electra', 'prague'],
  ['fulu', 'osaka'],
  ['gloas', 'amsterdam'],
]

/**
 * The forks that only raise the number of blobs (EIP-7892), in epochs after Fulu: one each, so that a client that starts
 * anywhere has had them behind it soon, and one that starts at genesis meets both.
 */
const BLOB_FORKS = [
  { name: 'bpo1', epochsAfterFulu: 1 },
  { name: 'bpo2', epochsAfterFulu: 2 },
] as const

/** Mainnet's numbers (EIP-4844, EIP-7691, EIP-7892). */
const BLOBS = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
  osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
  bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8346193 },
  bpo2: { target: 14, max: 21, baseFeeUpdateFraction: 11684671 },
} as const

/** In force from genesis: a private chain has no history before the merge. */
const BLOCK_FORKS = [
  ...['homesteadBlock', 'eip150Block', 'eip155Block', 'eip158Block', 'byzantiumBlock', 'constantinopleBlock'],
  ...['petersburgBlock', 'istanbulBlock', 'berlinBlock', 'londonBlock', 'mergeNetsplitBlock'],
]

/**
 * Versions are those of the minimal preset's configuration, 0x0N000001, which no public network has. The name tells one
 * genesis from another: clients keep what they have proven under it.
 */
export function devnetNetworkFile(options: DevnetNetworkOptions): NetworkFile {
  const { seed, preset, slotSeconds, genesisTime } = options
  const execution = options.execution ?? executionConfig(options)
  const forks = FORK_NAMES.flatMap((name, number) => {
    const epoch = options.forks[name]
    return epoch === undefined ? [] : [{ name, epoch, version: `0x0${number}000001` }]
  })
  const { fulu } = options.forks
  return {
    name: `devnet-${genesisTime}-${identity(options)}`,
    chainId: Number(execution['chainId']),
    preset,
    slotSeconds,
    genesisTime,
    genesisValidatorsRoot: bytesToHex(seededBytes(`${seed}, genesis validators`)),
    forks,
    blobSchedule:
      fulu === undefined
        ? []
        : BLOB_FORKS.map(({ name, epochsAfterFulu }) => ({ epoch: fulu + epochsAfterFulu, maxBlobs: BLOBS[name].max })),
    weakSubjectivityEpochs: null,
    execution,
    checkpoint: null,
    servers: [],
  }
}

function identity({ seed, preset, slotSeconds, forks }: DevnetNetworkOptions): string {
  const text = JSON.stringify([seed, preset, slotSeconds, Object.entries(forks)])
  return bytesToHex(seededBytes(text).subarray(0, 4)).slice(2)
}

/** A fork that the schedule leaves out came with the first one that it has after it. */
function executionConfig(options: DevnetNetworkOptions): Record<string, unknown> {
  const { forks } = options
  const { slotsPerEpoch } = presetByName(options.preset)
  const scheduled = EXECUTION_FORKS.flatMap(([beacon, name]) => {
    const later = FORK_NAMES.slice(FORK_NAMES.indexOf(beacon))
    const epoch = later.map((fork) => forks[fork]).find((known) => known !== undefined)
    return epoch === undefined ? [] : [{ name, epoch }]
  })
  const osaka = scheduled.find(({ name }) => name === 'osaka')?.epoch
  const blobForks =
    osaka === undefined ? [] : BLOB_FORKS.map(({ name, epochsAfterFulu }) => ({ name, epoch: osaka + epochsAfterFulu }))
  const all = [...scheduled, ...blobForks]
  const time = (epoch: number) => (epoch === 0 ? 0 : payloadTimestamp(options, epoch * slotsPerEpoch))
  return {
    chainId: CHAIN_ID,
    ...Object.fromEntries(BLOCK_FORKS.map((field) => [field, 0])),
    terminalTotalDifficulty: 0,
    terminalTotalDifficultyPassed: true,
    ...Object.fromEntries(all.map(({ name, epoch }) => [`${name}Time`, time(epoch)])),
    depositContractAddress: DEPOSIT_CONTRACT,
    blobSchedule: blobSchedule(all),
  }
}

/** One entry per fork since Cancun; Amsterdam goes on with what is in force when it comes. */
function blobSchedule(forks: readonly { readonly name: string; readonly epoch: number }[]): Record<string, unknown> {
  const entries: [name: string, blobs: unknown][] = []
  const amsterdam = forks.find(({ name }) => name === 'amsterdam')
  for (const [name, blobs] of Object.entries(BLOBS)) {
    if (forks.some((fork) => fork.name === name)) entries.push([name, blobs])
  }
  if (amsterdam !== undefined) {
    const before = entries.filter(([name]) => (forks.find((fork) => fork.name === name)?.epoch ?? 0) <= amsterdam.epoch)
    entries.push(['amsterdam', before.at(-1)?.[1]])
  }
  return Object.fromEntries(entries)
}
