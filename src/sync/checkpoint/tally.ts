/** Counts what sources said of one epoch. Owners count, not sources. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import type { FinalizedCheckpoint, SourceError } from './checkpoint-source.ts'

export interface Said {
  readonly kind: 'said'
  readonly source: string
  readonly owner: string
  readonly checkpoint: FinalizedCheckpoint
}

export type SourceAnswer =
  Said | { readonly kind: 'failed'; readonly source: string; readonly owner: string; readonly error: SourceError }

export type Tally =
  | {
      readonly kind: 'agreed'
      readonly root: Root
      readonly agreeing: readonly Said[]
      /** Said something else of this epoch. */
      readonly dissenting: readonly Said[]
    }
  | { readonly kind: 'disagreed' }
  /** Nobody contradicts, but too few spoke. */
  | { readonly kind: 'tooFew' }

/**
 * A root is agreed on when at least `needed` owners name it, and more than half of those who named any: so one wrong source
 * among three is outvoted and named, while two against two is a disagreement. An owner with two opinions has none.
 * @param statements about one epoch
 */
export function tally(statements: readonly Said[], needed: number): Tally {
  const opinions = new Map<string, Set<string>>()
  for (const { owner, checkpoint } of statements) {
    const roots = opinions.get(owner) ?? new Set()
    opinions.set(owner, roots.add(bytesToHex(checkpoint.root)))
  }
  const votes = new Map<string, number>()
  for (const roots of opinions.values()) {
    for (const root of roots) votes.set(root, (votes.get(root) ?? 0) + (roots.size === 1 ? 1 : 0))
  }
  for (const [root, count] of votes) {
    if (count < needed || 2 * count <= opinions.size) continue
    const agreeing = statements.filter(({ checkpoint }) => bytesToHex(checkpoint.root) === root)
    const dissenting = statements.filter((statement) => !agreeing.includes(statement))
    return { kind: 'agreed', root: agreeing[0]!.checkpoint.root, agreeing, dissenting }
  }
  return votes.size > 1 ? { kind: 'disagreed' } : { kind: 'tooFew' }
}
