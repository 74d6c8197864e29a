/** Predicts what a block's transactions will look at from what recent blocks' did, and learns from each block. */
import type { Keccak } from '../../chain/bytes.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { TransactionResult } from '../../execution/speculation/transaction-result.ts'
import { bytesToWord } from '../../execution/words.ts'
import { AccessPatterns, type LearnedPattern } from './access-patterns.ts'
import { callOf, type Call, type CallBytes } from './call.ts'
import { PredictionGauge } from './prediction-gauge.ts'

export interface Prediction {
  readonly values: readonly MissingValue[]
  /** What transactions turned out to look at, by their positions; those that ran on known values alone. */
  learn(results: readonly TransactionResult[]): void
}

export class BlockPredictor {
  private readonly patterns: AccessPatterns
  private readonly gauge = new PredictionGauge()

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
    return { values, learn: (results) => this.learn(calls, values, results) }
  }

  private learn(calls: readonly Call[], values: readonly MissingValue[], results: readonly TransactionResult[]): void {
    const touched = new Set<string>()
    for (const { index, reads } of results) {
      this.patterns.learn(calls[index]!, reads)
      for (const read of reads) touched.add(read.kind === 'slot' ? `${read.key} ${read.slot}` : `${read.key}`)
    }
    this.gauge.note(values.length, values.filter((value) => touched.has(nameOf(value))).length)
  }
}

function nameOf(value: MissingValue): string {
  const account = `${bytesToWord(value.address)}`
  return value.kind === 'storage' ? `${account} ${bytesToWord(value.slot)}` : account
}
