/** What came of one block's order: whose results it made hold, and how long its longest series was. */
import { mergedSeries } from '../../execution/speculation/series.ts'
import type { TransactionResult } from '../../execution/speculation/transaction-result.ts'
import type { Call } from './call.ts'
import { conflictsIn } from './conflict-patterns.ts'
import type { OrderedBlock } from './ordering-gauge.ts'

export class OrderedCalls {
  private readonly series: readonly (readonly number[])[]
  /** Positions that read what another sender's transaction of their series has written. */
  private readonly dependent = new Set<number>()

  constructor(
    private readonly calls: readonly Call[],
    together: readonly (readonly number[])[],
  ) {
    const each = calls.map((_, index) => [index])
    this.series = mergedSeries(each, together).filter(({ length }) => length > 1)
  }

  learn(results: readonly TransactionResult[]): void {
    const seriesOf = new Map(this.series.flatMap((series) => series.map((index) => [index, series] as const)))
    for (const [before, after] of conflictsIn(results)) {
      const series = seriesOf.get(after)
      if (series === undefined || seriesOf.get(before) !== series) continue
      if (this.calls[before]?.sender !== this.calls[after]?.sender) this.dependent.add(after)
    }
  }

  /** Undefined where nothing was in order. */
  judge(adopted: readonly number[], workers: number): OrderedBlock | undefined {
    if (this.series.length === 0) return undefined
    const longest = Math.max(...this.series.map(({ length }) => length))
    const spared = adopted.filter((index) => this.dependent.has(index)).length
    return { spared, waited: Math.max(0, longest - this.calls.length / Math.max(1, workers)) }
  }
}
