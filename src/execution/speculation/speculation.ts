/** What speculative execution of one block is asked and says, however it comes to the states that transactions run on. */
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { Pace } from '../pace.ts'
import type { CodeCache } from '../remote/code-cache.ts'
import type { KnownValues } from '../remote/evm-messages.ts'
import type { MissingValue } from './missing-values.ts'
import type { LearnedValue, ParentValues } from './parent-values.ts'
import type { TransactionResult } from './transaction-result.ts'

/** A transaction by its position, or what the protocol does after all of them, as if there had been none. */
export type SpeculativeStep = number | 'closing'

export interface SpeculationRound {
  /** Each once, in the order of the steps that lack them. */
  readonly missing: readonly MissedValue[]
  /** Results that have not been handed out before, of transactions that lack nothing. */
  readonly complete: readonly TransactionResult[]
  /** Steps for which the time did not suffice; ask again. */
  readonly unfinished: readonly SpeculativeStep[]
  /** Steps run in this round, and the milliseconds it took. */
  readonly runs: number
  readonly ms: number
}

export interface MissedValue {
  readonly value: MissingValue
  /** Which steps lack it; none where it is the block's own, before all transactions. */
  readonly by: readonly SpeculativeStep[]
}

export interface SpeculationOptions {
  readonly crypto: WasmCrypto
  /** Milliseconds that the speculation has computed for. */
  readonly now: () => number
  /** Default: the thread is its own. */
  readonly pace?: Pace | undefined
  readonly values: ParentValues
  readonly codes: CodeCache
  /** Values of an earlier state, for guesses. */
  readonly earlier: KnownValues
  /** Positions of transactions that are likely to depend on one another, which are run in series. Default: none. */
  readonly together?: readonly (readonly number[])[] | undefined
}

export interface Speculation {
  /** Transactions that run one after the other: whoever names one gets all of them. */
  readonly groups: readonly (readonly number[])[]
  /** Values that it is known to lack before anything has run. */
  lacking(): readonly MissingValue[]
  learn(learned: readonly LearnedValue[]): void
  /**
   * Runs what has not been run, and again what lacked something that has come and is not what it was taken for.
   * @param limitMs no run begins later; one that has begun ends with its gas, or at its next guess
   */
  speculate(steps: readonly SpeculativeStep[], limitMs: number): Promise<SpeculationRound>
  /**
   * Runs the block in order, with these results and its own taken where they hold: what it lacks that no transaction
   * lacked alone.
   */
  rehearse(results: readonly TransactionResult[], limitMs: number): Promise<readonly MissingValue[]>
  /** All that has been handed out as complete so far. */
  results(): readonly TransactionResult[]
}
