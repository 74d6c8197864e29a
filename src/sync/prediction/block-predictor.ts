/** Predicts what a block's transactions will look at from what recent blocks' did, and learns from each block. */
import type { Keccak } from '../../chain/bytes.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { TransactionResult } from '../../execution/speculation/transaction-result.ts'
import { bytesToWord } from '../../execution/words.ts'
import { AccessPatterns, type LearnedPattern } from './access-patterns.ts'
import { callOf, type Call, type CallBytes } from './call.ts'
import { ConflictPatterns } from './conflict-patterns.ts'
import { OrderedCalls } from './ordered-calls.ts'
import { OrderingGauge } from './ordering-gauge.ts'
import { PredictionGauge } from './prediction-gauge.ts'

export interface Prediction {
  readonly values: readonly MissingValue[]
  /** Positions of transactions that are likely to get in each other's way; each set is best run in series. */
  readonly together: readonly (readonly number[])[]
  /** What transactions turned out to look at, by their positions; those that ran on known values alone. */
  learn(results: readonly TransactionResult[]): void
  /**
   * What became of it, once, after {@link learn}.
   * @param adopted positions of those whose early results were taken over @param workers that ran them ahead
   */
  judge(adopted: readonly number[], workers: number): void
}

export class BlockPredictor {
  private readonly patterns: AccessPatterns
  private readonly gauge = new PredictionGauge()
  private readonly conflicts = new ConflictPatterns()
  private readonly ordering = new OrderingGauge()

  /** @param learned before */
  constructor(keccak: Keccak, learned: readonly LearnedPattern[] = []) {
    this.patterns = new AccessPatterns(keccak, learned)
  }

  learned(): LearnedPattern[] {
    return this.patterns.learned()
  }

  /** @param transactions of one block, in order */
  predict(transactions: readonly CallBytes[]): Prediction {
    const calls = transactions.map(callOf)
    const values = this.gauge.isOn() ? this.patterns.predict(calls) : []
    const together = this.ordering.isOn() ? this.conflicts.together(calls) : []
    const ordered = new OrderedCalls(calls, together)
    return {
      ...{ values, together },
      learn: (results) => {
        this.learn(calls, values, results)
        ordered.learn(results)
      },
      judge: (adopted, workers) => this.ordering.note(ordered.judge(adopted, workers)),
    }
  }

  private learn(calls: readonly Call[], values: readonly MissingValue[], results: readonly TransactionResult[]): void {
    const touched = new Set<string>()
    for (const { index, reads } of results) {
      this.patterns.learn(calls[index]!, reads)
      for (const read of reads) touched.add(read.kind === 'slot' ? `${read.key} ${read.slot}` : `${read.key}`)
    }
    this.conflicts.learn(calls, results)
    this.gauge.note(values.length, values.filter((value) => touched.has(nameOf(value))).length)
  }
}

function nameOf(value: MissingValue): string {
  const account = `${bytesToWord(value.address)}`
  return value.kind === 'storage' ? `${account} ${bytesToWord(value.slot)}` : account
}
