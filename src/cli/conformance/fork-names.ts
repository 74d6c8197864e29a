/**
 * Rules by the names that ethereum/tests and execution-spec-tests give them, as geth genesis "config" objects. Sources: the
 * fork tables of both projects' documentation ("Fork Names", "Transition Forks").
 */

/** Blob limits of a fork, as geth's `blobSchedule` has them. */
export interface BlobLimits {
  readonly target: number
  readonly max: number
  readonly baseFeeUpdateFraction: number
}

export interface ForkChoice {
  readonly chainId: number
  /** By geth's fork names; empty where the test says nothing. */
  readonly blobSchedule: ReadonlyMap<string, BlobLimits>
}

/** Where the rules begin that a transition name speaks of. */
type Start =
  | { readonly at: 'block'; readonly block: number }
  | { readonly at: 'time'; readonly time: number }
  | { readonly at: 'difficulty'; readonly totalDifficulty: string }

const GENESIS: Start = { at: 'block', block: 0 }

/**
 * A geth "config" whose chain follows `name` (`Cancun`) or changes from one fork to the other (`BerlinToLondonAt5`,
 * `ShanghaiToCancunAtTime15k`, `ArrowGlacierToParisAtDiffC0000`); undefined for a name that is none of these.
 */
export function forkConfig(name: string, choice: ForkChoice): Record<string, unknown> | undefined {
  const transition = /^(\w+?)To([A-Z]\w*?)At(Time|Diff)?([0-9A-F]+k?)$/.exec(name)
  const [from, to] = transition === null ? [name, name] : [transition[1]!, transition[2]!]
  const first = forkIndex(from)
  const last = forkIndex(to)
  if (first === undefined || last === undefined || last < first) return undefined
  const start = transition === null ? GENESIS : transitionStart(transition[3], transition[4]!)
  if (start === undefined) return undefined
  const config: Record<string, unknown> = { chainId: choice.chainId }
  for (const [index, fork] of FORKS.entries()) {
    if (index > last) break
    if (fork.onlyByName === true && !fork.names.includes(from) && !fork.names.includes(to)) continue
    const value = fieldValue(fork, index <= first ? GENESIS : start)
    // Between London and Paris lie forks that only delay the difficulty bomb; a chain may go past them.
    if (value === undefined && fork.by === 'block' && index < last) continue
    if (value === undefined) return undefined
    for (const field of fork.fields) config[field] = value
    if (fork.fields.includes('daoForkBlock')) config['daoForkSupport'] = true
  }
  // geth takes Petersburg's correction for part of Constantinople unless it is said to come later.
  if (last === CONSTANTINOPLE) config['petersburgBlock'] = Number.MAX_SAFE_INTEGER
  if (choice.blobSchedule.size > 0) config['blobSchedule'] = Object.fromEntries(choice.blobSchedule)
  return config
}

/** Where the named rules say that proof of work ends at a total difficulty; undefined for all other names. */
export function terminalTotalDifficulty(name: string): bigint | undefined {
  const digits = /AtDiff([0-9A-F]+)$/.exec(name)?.[1]
  return digits === undefined ? undefined : BigInt(`0x${digits}`)
}

/** geth's name in a blob schedule (`bpo1`) of a fork's name in a test (`BPO1`). */
export function blobScheduleName(name: string): string {
  return name.toLowerCase()
}

interface Fork {
  readonly names: readonly string[]
  /** geth's fields; several where a fork was split into two. */
  readonly fields: readonly string[]
  readonly by: 'block' | 'merge' | 'time'
  /** Followed only by chains that name it: it changed state on one network and no rule. */
  readonly onlyByName?: true
}

const FORKS: readonly Fork[] = [
  { names: ['Frontier'], fields: [], by: 'block' },
  { names: ['Homestead'], fields: ['homesteadBlock'], by: 'block' },
  { names: ['Dao', 'DAO', 'DAOFork'], fields: ['daoForkBlock'], by: 'block', onlyByName: true },
  { names: ['EIP150', 'TangerineWhistle'], fields: ['eip150Block'], by: 'block' },
  { names: ['EIP158', 'SpuriousDragon'], fields: ['eip155Block', 'eip158Block'], by: 'block' },
  { names: ['Byzantium'], fields: ['byzantiumBlock'], by: 'block' },
  { names: ['Constantinople'], fields: ['constantinopleBlock'], by: 'block' },
  { names: ['ConstantinopleFix', 'Petersburg'], fields: ['petersburgBlock'], by: 'block' },
  { names: ['Istanbul'], fields: ['istanbulBlock'], by: 'block' },
  { names: ['MuirGlacier'], fields: ['muirGlacierBlock'], by: 'block' },
  { names: ['Berlin'], fields: ['berlinBlock'], by: 'block' },
  { names: ['London'], fields: ['londonBlock'], by: 'block' },
  { names: ['ArrowGlacier'], fields: ['arrowGlacierBlock'], by: 'block' },
  { names: ['GrayGlacier'], fields: ['grayGlacierBlock'], by: 'block' },
  { names: ['Paris', 'Merge'], fields: ['terminalTotalDifficulty'], by: 'merge' },
  { names: ['Shanghai'], fields: ['shanghaiTime'], by: 'time' },
  { names: ['Cancun'], fields: ['cancunTime'], by: 'time' },
  { names: ['Prague'], fields: ['pragueTime'], by: 'time' },
  { names: ['Osaka'], fields: ['osakaTime'], by: 'time' },
  { names: ['BPO1'], fields: ['bpo1Time'], by: 'time' },
  { names: ['BPO2'], fields: ['bpo2Time'], by: 'time' },
  { names: ['BPO3'], fields: ['bpo3Time'], by: 'time' },
  { names: ['BPO4'], fields: ['bpo4Time'], by: 'time' },
]

const CONSTANTINOPLE = FORKS.findIndex(({ names }) => names.includes('Constantinople'))

function forkIndex(name: string): number | undefined {
  const index = FORKS.findIndex(({ names }) => names.includes(name))
  return index < 0 ? undefined : index
}

/** `At5`: a block. `AtTime15k`: seconds, k for thousands. `AtDiffC0000`: a total difficulty in hex. */
function transitionStart(kind: string | undefined, amount: string): Start | undefined {
  if (kind === 'Diff') return { at: 'difficulty', totalDifficulty: `0x${amount}` }
  const thousands = /^(\d+)k$/.exec(amount)
  const value = thousands === null ? Number(amount) : 1000 * Number(thousands[1])
  if (!Number.isSafeInteger(value)) return undefined
  return kind === 'Time' ? { at: 'time', time: value } : { at: 'block', block: value }
}

/** Undefined where the fork cannot begin that way. */
function fieldValue({ by }: Fork, start: Start): number | string | undefined {
  if (start === GENESIS) return 0
  if (by === 'merge') return start.at === 'difficulty' ? start.totalDifficulty : undefined
  if (by === 'time') return start.at === 'time' ? start.time : undefined
  return start.at === 'block' ? start.block : undefined
}
