/**
 * The rules of an execution client's chain, as far as it tells them: by the fields of its newest header and by `eth_config`
 * (EIP-7910) where it has that, which also says what comes next and when. What held when it was first asked is taken to
 * have been there from the start, as development nodes have it; what is heard later is added.
 */
import { RLP } from '@ethereumjs/rlp'
import { ConfigValue } from '../../src/chain/config-value.ts'
import type { BlobParams as BlobLimits } from '../../src/chain/execution-schedule.ts'
import { bytesToWord } from '../../src/execution/words.ts'

/** geth's genesis "config" object. */
export type ChainRules = Readonly<Record<string, unknown>>

/** From genesis, in the order of their coming. */
const BLOCK_FORKS = [
  ...['homesteadBlock', 'eip150Block', 'eip155Block', 'eip158Block', 'byzantiumBlock', 'constantinopleBlock'],
  ...['petersburgBlock', 'istanbulBlock', 'berlinBlock'],
]

/** Forks by the number of fields that a header has from them on (EIPs 1559, 4895, 4844 with 4788, 7685, 7928 with 7843). */
const FORKS_BY_FIELDS: readonly { readonly atLeast: number; readonly forks: readonly string[] }[] = [
  { atLeast: 16, forks: ['londonBlock'] },
  { atLeast: 17, forks: ['shanghaiTime'] },
  { atLeast: 20, forks: ['cancunTime'] },
  { atLeast: 21, forks: ['pragueTime'] },
  { atLeast: 23, forks: ['osakaTime', 'amsterdamTime'] },
]

/** EIP-4844, EIP-7691: what development nodes have where they say nothing else. */
const BLOBS = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
} as const

/** Where deposits go on mainnet and on every network that says nothing else (EIP-6110). */
const DEPOSIT_CONTRACT = '0x00000000219ab540356cbb839cbe05303d7705fa'

export interface ToldByClient {
  readonly chainId: number
  /** RLP of its newest header. */
  readonly header: Uint8Array
  /** What `eth_config` answered; undefined where it has no such method. */
  readonly config: unknown
}

/** A moment from which on the same rules hold. */
interface KnownFork {
  /** Seconds since 1970; 0: from the start. */
  readonly since: number
  /** geth's fields of all forks that are active. */
  readonly names: readonly string[]
  /** Undefined where the client says none. */
  readonly blobs: BlobLimits | undefined
}

export interface KnownRules {
  readonly chainId: number
  readonly isMerged: boolean
  /** Not empty, the first from the start, ascending, each other than the one before. */
  readonly forks: readonly KnownFork[]
  /** Seconds since 1970; from then on the client may know of another fork. Undefined: nothing is scheduled. */
  readonly nextAt: number | undefined
}

/**
 * The last that changed rules; what older blocks were executed by is forgotten with them. geth's configs have five forks
 * for blobs alone.
 */
const MAX_FORKS = 6

/** @param before what was known; left out at the first time @throws {NetworkConfigError} for a config of another shape */
export function learnRules({ chainId, header, config }: ToldByClient, before?: KnownRules): KnownRules {
  const fields = RLP.decode(header) as Uint8Array[]
  const named = FORKS_BY_FIELDS.filter(({ atLeast }) => fields.length >= atLeast).flatMap(({ forks }) => forks)
  const told = config === undefined ? undefined : new ConfigValue(config, 'eth_config')
  const current = told?.get('current')
  const next = told?.get('next')
  const active: KnownFork = {
    since: before === undefined ? 0 : (timeOf(current) ?? Number(bytesToWord(fields[TIMESTAMP]!))),
    names: [...BLOCK_FORKS, ...named, ...(isOsaka(current) && !named.includes('osakaTime') ? ['osakaTime'] : [])],
    blobs: blobsOf(current),
  }
  const nextAt = timeOf(next)
  const later =
    nextAt === undefined
      ? []
      : [{ since: nextAt, names: withOsaka(active.names, isOsaka(next)), blobs: blobsOf(next) ?? active.blobs }]
  const older = (before?.forks ?? []).filter(({ since }) => since === 0 || since < active.since)
  const forks = [...older, active, ...later].filter((fork, at, all) => at === 0 || !isSameFork(fork, all[at - 1]!))
  return {
    chainId,
    isMerged: fields.length > LONDON_FIELDS || fields[DIFFICULTY]!.length === 0,
    forks: forks.slice(-MAX_FORKS),
    nextAt,
  }
}

/** geth's "config" object of what is known. */
export function rulesOf({ chainId, isMerged, forks }: KnownRules): ChainRules {
  const times = new Map<string, number>()
  const blobSchedule: Record<string, BlobLimits> = {}
  let blobForks = 0
  for (const [at, { since, names, blobs }] of forks.entries()) {
    const added = names.filter((name) => !times.has(name))
    // A fork that brings nothing else is one of blobs alone (EIP-7892).
    const fresh = added.length > 0 ? added : [`bpo${++blobForks}Time`]
    for (const field of fresh) {
      times.set(field, at === 0 ? 0 : since)
      const name = field.replace(/Time$/, '')
      if (HAS_BLOBS.test(name)) blobSchedule[name] = blobs ?? BLOBS[name === 'cancun' ? 'cancun' : 'prague']
    }
  }
  return {
    chainId,
    ...Object.fromEntries(times),
    ...(isMerged && { mergeForkBlock: 0, terminalTotalDifficulty: 0 }),
    ...(times.has('cancunTime') && { blobSchedule, depositContractAddress: DEPOSIT_CONTRACT }),
  }
}

/** What is known after the first time. @throws {NetworkConfigError} for a config of another shape */
export const rulesOfClient = (told: ToldByClient): ChainRules => rulesOf(learnRules(told))

const HAS_BLOBS = /^(cancun|prague|osaka|amsterdam|bpo\d)$/

const withOsaka = (names: readonly string[], has: boolean): readonly string[] =>
  has && !names.includes('osakaTime') ? [...names, 'osakaTime'] : names

const isSameFork = (a: KnownFork, b: KnownFork): boolean =>
  JSON.stringify([a.names, a.blobs]) === JSON.stringify([b.names, b.blobs])

/** Undefined where there is no such fork. */
const timeOf = (fork: ConfigValue | undefined): number | undefined =>
  isTold(fork) && !fork.get('activationTime').absent ? fork.get('activationTime').integer() : undefined

/** `next` and `last` are null where nothing is scheduled. */
const isTold = (fork: ConfigValue | undefined): fork is ConfigValue =>
  fork !== undefined && !fork.absent && fork.value !== null

/** Place of the time in a header. */
const TIMESTAMP = 11

/** Place of the difficulty in a header, and the fields that it has from EIP-1559 on. */
const DIFFICULTY = 7
const LONDON_FIELDS = 16

/** Its precompile (EIP-7951) is what tells it from Prague: the headers are the same. */
const isOsaka = (fork: ConfigValue | undefined): boolean =>
  isTold(fork) && !fork.get('precompiles').get('P256VERIFY').absent

function blobsOf(fork: ConfigValue | undefined): BlobLimits | undefined {
  const schedule = isTold(fork) ? fork.get('blobSchedule') : undefined
  if (!isTold(schedule)) return undefined
  const [target, max] = [schedule.get('target').integer(), schedule.get('max').integer()]
  return { target, max, baseFeeUpdateFraction: schedule.get('baseFeeUpdateFraction').integer() }
}
