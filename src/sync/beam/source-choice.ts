/** Which sources of state a user allows, by the names of the command line. */
import type { SourceName } from '../state-fetch/sources/source.ts'
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
