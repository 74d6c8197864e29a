/** What importing has come to, for the status: the newest blocks, pivots and totals. Bounded; decides nothing. */
import { dropOldest } from '../../chain/drop-oldest.ts'
import { MAX_MARKS, STATUS_BLOCKS } from './constants.ts'
import { addCosts, statusOf, type ImportBlock } from './import-block.ts'
import type { BlockStatus, ImportTotals, PivotStatus } from './import-status.ts'
import { NO_COSTS, type BlockCosts } from './import-tools.ts'

type Counted = Exclude<keyof ImportTotals, 'costs'>

export class ImportLog {
  private readonly recent = new Map<string, BlockStatus>()
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

  /** @returns what is to be told of the block */
  note(block: ImportBlock): BlockStatus {
    const status = statusOf(block)
    this.recent.delete(block.key)
    this.recent.set(block.key, status)
    dropOldest(this.recent, STATUS_BLOCKS)
    return status
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
