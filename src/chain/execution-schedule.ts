/**
 * When the execution layer's forks happen, read from a geth genesis "config" object: the one format in which every
 * client, test chain and devnet states it.
 */
import { asAddress } from './bytes.ts'
import type { AddressBytes } from './bytes.ts'
import type { ConfigValue } from './config-value.ts'

export interface BlockFork {
  readonly name: string
  readonly block: number
}

/** Blobs per block and how fast their price moves (EIP-7840). */
export interface BlobParams {
  readonly target: number
  readonly max: number
  readonly baseFeeUpdateFraction: number
}

export interface TimeFork {
  readonly name: string
  /** Seconds since 1970. */
  readonly timestamp: number
  /** Undefined before Cancun. */
  readonly blobs: BlobParams | undefined
}

/**
 * Where proof of stake begins. Configurations seldom say so: they give a total difficulty that a verifier without the
 * whole chain cannot count. Then a block tells by its difficulty of 0, which no proof-of-work block has.
 */
export type Merge =
  | { readonly kind: 'atBlock'; readonly block: number }
  | { readonly kind: 'byDifficulty'; readonly ttdPassed: boolean }
  | { readonly kind: 'never' }

export interface ExecutionSchedule {
  readonly chainId: number
  /** EthereumJS's names, in order of activation. */
  readonly blockForks: readonly BlockFork[]
  readonly merge: Merge
  /** A fork only by name: no rule changes, at or after the merge. It counts in the fork hash (EIP-2124). */
  readonly mergeNetsplitBlock: number | undefined
  /** EthereumJS's names, in order of activation. */
  readonly timeForks: readonly TimeFork[]
  /** Scheduled forks whose rules this code does not have. */
  readonly unsupported: readonly { readonly name: string; readonly timestamp: number }[]
  /** Where deposit requests (EIP-6110) come from; undefined: mainnet's contract. */
  readonly depositContract: AddressBytes | undefined
}

/** geth's field and EthereumJS's name of each fork by block number, in protocol order. */
const BLOCK_FORKS: readonly (readonly [field: string, name: string])[] = [
  ['homesteadBlock', 'homestead'],
  ['daoForkBlock', 'dao'],
  ['eip150Block', 'tangerineWhistle'],
  ['eip155Block', 'spuriousDragon'],
  ['byzantiumBlock', 'byzantium'],
  ['constantinopleBlock', 'constantinople'],
  ['petersburgBlock', 'petersburg'],
  ['istanbulBlock', 'istanbul'],
  ['muirGlacierBlock', 'muirGlacier'],
  ['berlinBlock', 'berlin'],
  ['londonBlock', 'london'],
  ['arrowGlacierBlock', 'arrowGlacier'],
  ['grayGlacierBlock', 'grayGlacier'],
]

/** geth's field is the name with "Time" behind it. */
const TIME_FORKS = ['shanghai', 'cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'bpo3', 'bpo4', 'bpo5', 'amsterdam']

/** Used where a configuration has no `blobSchedule` (EIP-4844, EIP-7691, and the two BPO forks of Fusaka, EIP-7892). */
const MAINNET_BLOBS: Readonly<Record<string, BlobParams>> = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
  bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8346193 },
  bpo2: { target: 14, max: 21, baseFeeUpdateFraction: 11684671 },
}

/** @throws {NetworkConfigError} that names the field */
export function readExecutionSchedule(config: ConfigValue): ExecutionSchedule {
  const deposit = config.get('depositContractAddress')
  const netsplit = config.get('mergeNetsplitBlock')
  const timeForks = readTimeForks(config)
  if (!config.get('clique').absent) config.get('clique').fail('no clique: proof-of-authority chains are not supported')
  return {
    chainId: config.get('chainId').integer(),
    blockForks: readBlockForks(config),
    merge: readMerge(config, timeForks),
    mergeNetsplitBlock: netsplit.absent ? undefined : netsplit.integer(),
    timeForks,
    unsupported: readUnsupported(config),
    depositContract: deposit.absent ? undefined : asAddress(deposit.bytes(20)),
  }
}

function readBlockForks(config: ConfigValue): BlockFork[] {
  const eip155 = config.get('eip155Block')
  const eip158 = config.get('eip158Block')
  if (!eip158.absent && eip158.value !== eip155.value) eip158.fail('the block of eip155Block: both are Spurious Dragon')
  const forks: BlockFork[] = []
  for (const [field, name] of BLOCK_FORKS) {
    // geth: a chain without petersburgBlock never had the old Constantinople rules.
    const asked = config.get(field)
    const value = name === 'petersburg' && asked.absent ? config.get('constantinopleBlock') : asked
    // geth: without daoForkSupport the chain is on the side that did not move the funds.
    if (value.absent || (name === 'dao' && config.get('daoForkSupport').value !== true)) continue
    const block = value.integer()
    const before = forks.at(-1)
    if (before !== undefined && block < before.block)
      value.fail(`at least ${before.block}, the block of ${before.name}`)
    forks.push({ name, block })
  }
  return forks
}

function readTimeForks(config: ConfigValue): TimeFork[] {
  const scheduled = TIME_FORKS.map((name) => ({ name, value: config.get(`${name}Time`) }))
    .filter(({ value }) => !value.absent)
    .map(({ name, value }) => ({ name, value, timestamp: value.integer() }))
  // Amsterdam may come before the last BPO forks; with equal times the protocol order above stands.
  scheduled.sort((a, b) => a.timestamp - b.timestamp)

  const forks: TimeFork[] = []
  for (const { name, value, timestamp } of scheduled) {
    const before = forks.at(-1)
    const outOfOrder = forks.find((fork) => isNamedUpgradeAfter(fork.name, name))
    if (outOfOrder !== undefined) value.fail(`a time before ${outOfOrder.name}, which follows ${name}`)
    const blobs = name === 'shanghai' ? undefined : (readBlobParams(config.get('blobSchedule'), name) ?? before?.blobs)
    if (name !== 'shanghai' && blobs === undefined) value.fail(`Cancun before ${name}`)
    if (name.startsWith('bpo') && config.get('blobSchedule').absent && !(name in MAINNET_BLOBS)) {
      config.get('blobSchedule').fail(`the blob parameters of ${name}`)
    }
    forks.push({ name, timestamp, blobs })
  }
  return forks
}

/** Feature upgrades build on each other; BPO forks may stand anywhere after Osaka. */
function isNamedUpgradeAfter(fork: string, name: string): boolean {
  if (fork.startsWith('bpo') !== name.startsWith('bpo') && fork === 'amsterdam') return false
  return TIME_FORKS.indexOf(fork) > TIME_FORKS.indexOf(name)
}

/** Undefined when the schedule has no entry for the fork: geth then goes on with the fork before. */
function readBlobParams(schedule: ConfigValue, fork: string): BlobParams | undefined {
  if (schedule.absent) return MAINNET_BLOBS[fork]
  const entry = schedule.get(fork)
  if (entry.absent) return fork === 'cancun' ? MAINNET_BLOBS['cancun'] : undefined
  return {
    target: entry.get('target').integer(),
    max: divisor(entry.get('max')),
    baseFeeUpdateFraction: divisor(entry.get('baseFeeUpdateFraction')),
  }
}

/** EIP-4844 divides by the fraction, EIP-7918 by the most blobs. */
function divisor(value: ConfigValue): number {
  const number = value.integer()
  if (number === 0) value.fail('a whole number above 0, because fees are divided by it')
  return number
}

function readMerge(config: ConfigValue, timeForks: readonly TimeFork[]): Merge {
  // Not a field of geth's: said in our own files for networks whose merge is history.
  const known = config.get('mergeForkBlock')
  if (!known.absent) return { kind: 'atBlock', block: known.integer() }
  const ttd = config.get('terminalTotalDifficulty')
  const ttdPassed = config.get('terminalTotalDifficultyPassed').value === true
  if (isZero(ttd.value)) return { kind: 'atBlock', block: 0 }
  if (ttd.absent && !ttdPassed && timeForks.length === 0 && config.get('mergeNetsplitBlock').absent) {
    return { kind: 'never' }
  }
  return { kind: 'byDifficulty', ttdPassed }
}

/** Total difficulties pass 2^53, so tools write them as numbers or as texts; only zero matters here. */
function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && /^(0x)?0+$/.test(value))
}

function readUnsupported(config: ConfigValue): { name: string; timestamp: number }[] {
  const known = new Set(TIME_FORKS.map((name) => `${name}Time`))
  return Object.keys(config.object())
    .filter((field) => field.endsWith('Time') && !known.has(field) && !config.get(field).absent)
    .map((field) => ({ name: field.slice(0, -'Time'.length), timestamp: config.get(field).integer() }))
}
