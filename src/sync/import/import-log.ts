/** What importing has come to, for the status: the newest blocks, pivots and totals. Bounded; decides nothing. */
import type { Hash } from '../../chain/bytes.ts'
import { dropOldest } from '../../chain/drop-oldest.ts'
import { BLOCK_MOMENTS, MAX_MARKS, STATUS_BLOCKS } from './constants.ts'
import { hashKey } from '../../state/hash-key.ts'
import { addCosts, statusOf, type ImportBlock } from './import-block.ts'
import type { BlockMoment, BlockStatus, ImportTotals, PivotStatus } from './import-status.ts'
import { NO_COSTS, type BlockCosts } from './import-tools.ts'

type Counted = Exclude<keyof ImportTotals, 'costs'>

export class ImportLog {
  private readonly recent = new Map<string, BlockStatus>()
  /** Of each of those, oldest first. */
  private readonly moments = new Map<string, readonly BlockMoment[]>()
  private readonly counts: Record<Counted, number> = {
    verified: 0,
    invalid: 0,
    disputed: 0,
    skipped: 0,
    unavailable: 0,
    reorganizations: 0,
    overturned: 0,
  }
  private spent: BlockCosts = NO_COSTS
  private readonly latest: PivotStatus[] = []

  count(what: Counted, by = 1): void {
    this.counts[what] += by
  }

  spend(costs: BlockCosts): void {
    this.spent = addCosts(this.spent, costs)
  }

  /**
   * @param at ms since 1970
   * @returns what is to be told of the block
   */
  note(block: ImportBlock, at: number): BlockStatus {
    const { key } = block
    const status = statusOf(block)
    const moments = withMoment(this.moments.get(key) ?? [], status, at)
    for (const map of [this.recent, this.moments]) map.delete(key)
    this.recent.set(key, status)
    this.moments.set(key, moments)
    for (const map of [this.recent, this.moments]) dropOldest(map, STATUS_BLOCKS)
    return status
  }

  /** What became of a block when, oldest first; undefined of one that is not among the newest. */
  momentsOf(hash: Hash): readonly BlockMoment[] | undefined {
    return this.moments.get(hashKey(hash))
  }

  pivot(pivot: PivotStatus): void {
    this.latest.push(pivot)
    if (this.latest.length > MAX_MARKS) this.latest.shift()
  }

  pivots(): readonly PivotStatus[] {
    return [...this.latest]
  }

  /** Newest first. @param running blocks under way, whose costs grow between two notes */
  blocks(running: Iterable<readonly [ImportBlock, BlockCosts]>): BlockStatus[] {
    const now = new Map(this.recent)
    for (const [block, costs] of running) if (now.has(block.key)) now.set(block.key, statusOf(block, costs))
    return [...now.values()].sort((a, b) => b.number - a.number)
  }

  totals(): ImportTotals {
    const { source: _source, ...costs } = this.spent
    return { ...this.counts, costs }
  }
}

/** Only what is new. */
function withMoment(
  before: readonly BlockMoment[],
  { state, record }: BlockStatus,
  at: number,
): readonly BlockMoment[] {
  const what: BlockMoment['what'] = record.kind === 'kept' ? 'kept' : state
  return before.at(-1)?.what === what ? before : [...before, { what, at }].slice(-BLOCK_MOMENTS)
}
