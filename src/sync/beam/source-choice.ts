/** Which sources of state a user allows, by the names of the command line, and which of them is asked first. */
import type { NodesNamed, SourceName } from '../state-fetch/sources/source.ts'
import type { WayName } from '../state-fetch/ways/bring.ts'

/** In the order of what they save. The first four predict what a block needs, the others fetch what is known to be missing. */
export const SOURCE_CHOICES = ['access-list', 'witness', 'metadata', 'hints', 'paths', 'proofs', 'nodes'] as const

export type SourceChoice = (typeof SOURCE_CHOICES)[number]

export interface AllowedSources {
  readonly predictions: ReadonlySet<SourceName>
  /** Undefined: all. */
  readonly ways: ReadonlySet<WayName> | undefined
}

/** What a prediction names, or leaves out, has to be fetched in some way: where none is chosen, any will do. */
export function allowedSources(chosen: readonly SourceChoice[] | 'all'): AllowedSources {
  const names: readonly SourceChoice[] = chosen === 'all' ? SOURCE_CHOICES : chosen
  const ways = names.filter(isWay)
  return {
    predictions: new Set(names.filter((name): name is SourceName => !isWay(name))),
    ways: ways.length === 0 ? undefined : new Set(ways),
  }
}

export function isSourceChoice(name: string): name is SourceChoice {
  return (SOURCE_CHOICES as readonly string[]).includes(name)
}

function isWay(name: SourceChoice): name is WayName {
  return name === 'paths' || name === 'proofs' || name === 'nodes'
}

/** Blocks of one source that are judged together: chance evens out, and a storm of new state is over soon. */
const BLOCKS_JUDGED = 4

/** Share of the nodes that has to be at hand: below, the list of hashes and a second trip cost more than the bytes they save. */
const LEAST_HELD = 0.5

/** Times that the list and what it lacks may take of what a witness takes: two trips against one where both are short. */
const MOST_TIMES = 2

/** Blocks for which the witness is asked for first after that, whatever is at hand: the way to the servers stays what it is. */
const BLOCKS_SLOW = 32

/** What one block's prediction came to. */
export interface Predicting extends NodesNamed {
  /** Until all of it was there. */
  readonly ms: number
}

/**
 * The order in which predictions are asked for. A witness brings everything again, also what is at hand; its metadata are
 * hashes, of which only those are fetched that are not.
 *
 * Always: the witness first until {@link BLOCKS_JUDGED} in a row held too much that was at hand; then the metadata first,
 * until as many of them lacked too much, or took too long.
 */
export class SourceOrder {
  private first: 'witness' | 'metadata' = 'witness'
  private witnesses: readonly Predicting[] = []
  private lists: readonly Predicting[] = []
  private slowFor = 0

  /** Those among these names, the one to be asked first first. */
  of(names: ReadonlySet<SourceName>): SourceName[] {
    const [one, other] =
      this.first === 'metadata' ? (['metadata', 'witness'] as const) : (['witness', 'metadata'] as const)
    const order: readonly SourceName[] = ['access-list', one, other, 'hints']
    return order.filter((name) => names.has(name))
  }

  /** Of each block that was predicted so, once. */
  note(source: 'witness' | 'metadata', predicting: Predicting): void {
    if (source === 'witness') this.noteWitness(predicting)
    else this.noteMetadata(predicting)
  }

  private noteWitness(predicting: Predicting): void {
    this.slowFor = Math.max(0, this.slowFor - 1)
    this.witnesses = [...this.witnesses, predicting].slice(-BLOCKS_JUDGED)
    if (this.witnesses.length < BLOCKS_JUDGED || this.slowFor > 0 || heldShare(this.witnesses) < LEAST_HELD) return
    this.first = 'metadata'
    this.lists = []
  }

  private noteMetadata(predicting: Predicting): void {
    this.lists = [...this.lists, predicting].slice(-BLOCKS_JUDGED)
    if (this.first === 'witness' || this.lists.length < BLOCKS_JUDGED) return
    const isSlow = this.witnesses.length > 0 && meanMs(this.lists) > MOST_TIMES * meanMs(this.witnesses)
    if (!isSlow && heldShare(this.lists) >= LEAST_HELD) return
    this.first = 'witness'
    this.witnesses = []
    if (isSlow) this.slowFor = BLOCKS_SLOW
  }
}

function heldShare(blocks: readonly Predicting[]): number {
  const sum = (of: 'named' | 'held') => blocks.reduce((total, one) => total + one[of], 0)
  return sum('named') === 0 ? 0 : sum('held') / sum('named')
}

const meanMs = (blocks: readonly Predicting[]): number =>
  blocks.reduce((total, { ms }) => total + ms, 0) / blocks.length
