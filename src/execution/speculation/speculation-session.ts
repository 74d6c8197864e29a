/**
 * Speculative execution of one block: each transaction runs as if it were the first, those of one sender in series, and
 * those that are likely to depend on one another, on what is known of the parent state. Runs never wait. One that lacks a value goes on with a guess and says what it lacked;
 * when that has come, the run stands if the guess led to the same reads, and is repeated if not.
 *
 * Why so: runs that pause at each miss needed 85 trips on mainnet block 24628608, as each waits for one key at a time;
 * running on finds the keys that do not depend on the missing ones at once.
 */
import { createEngine, recoverSenders, type PreparedBlock } from '../block/prepare-block.ts'
import { UNPACED } from '../pace.ts'
import { EMPTY_TRIE_ROOT } from '../state/account-entry.ts'
import { FlatState } from '../state/flat-state.ts'
import { bytesToWord } from '../words.ts'
import { adoptResult } from './adopt-result.ts'
import { GuessingReader, type AccountHints } from './guessing-reader.ts'
import { learnValues, type LearnedValue } from './parent-values.ts'
import { MissedValues } from './missed-values.ts'
import { hasCome, missingValues, type MissingValue, type MissingValues } from './missing-values.ts'
import { rehearse } from './rehearsal.ts'
import type { MissedValue, Speculation, SpeculationOptions, SpeculationRound, SpeculativeStep } from './speculation.ts'
import { SecondLook } from './second-look.ts'
import { mergedSeries } from './series.ts'
import { StepRunner, type StepRun } from './step-runner.ts'
import type { StepResult, TransactionResult } from './transaction-result.ts'

/**
 * Guesses per run. A mainnet transaction reads 50 keys, the longest ones 500; one of 16.7 M gas (EIP-7825) can read 8,000,
 * which nobody should fetch on a guess: it is run in order then.
 */
const MAX_GUESSES = 2_048

/** Always: what is handed out as complete rests on known values alone. */
export class SpeculationSession implements Speculation {
  /** Transactions of one sender, and those that were said to go together, in order. */
  readonly groups: readonly (readonly number[])[]
  private readonly groupOf = new Map<number, Series>()
  private readonly closing: Series = { steps: ['closing'], opening: undefined }
  private readonly runs = new Map<SpeculativeStep | 'opening', KeptRun>()
  private readonly handedOut = new Set<TransactionResult>()
  private readonly secondLook: SecondLook
  private runCount = 0

  private constructor(
    private readonly prepared: PreparedBlock,
    private readonly options: SpeculationOptions,
    private readonly state: FlatState,
    private readonly reader: GuessingReader,
    private readonly runner: StepRunner,
    groups: readonly (readonly number[])[],
  ) {
    this.groups = groups
    const { now } = options
    const begin = (before: readonly StepResult[]) => this.begin(before)
    this.secondLook = new SecondLook({ reader, run: (step) => this.run(step), begin, now })
    for (const steps of groups) {
      const series: Series = { steps, opening: undefined }
      for (const index of steps) this.groupOf.set(index, series)
    }
  }

  /** Recovers all senders. @throws {InvalidBlockError} for a signature that is nobody's */
  static async open(prepared: PreparedBlock, options: SpeculationOptions): Promise<SpeculationSession> {
    const { crypto, now, values, codes, earlier, together = [], pace = UNPACED } = options
    await recoverSenders(prepared, pace)
    const bySender = groupBySender(prepared)
    const reader = new GuessingReader(values, codes, earlier, accountHints(prepared, bySender), now)
    const state = new FlatState(reader)
    // Before Byzantium receipts want roots; results of that time are never adopted, so that any will do.
    const engine = await createEngine(prepared, state, async () => EMPTY_TRIE_ROOT, crypto, pace)
    return new SpeculationSession(
      prepared,
      options,
      state,
      reader,
      new StepRunner(engine, reader),
      mergedSeries(bySender, together),
    )
  }

  /** Runs say it. */
  lacking(): readonly MissingValue[] {
    return []
  }

  learn(learned: readonly LearnedValue[]): void {
    learnValues(this.options, learned)
  }

  /**
   * Runs what has not been run, and again what lacked something that has come and is not what it was taken for. A sender's
   * transactions stay together: whoever names one gets all of them.
   * @param limitMs no run begins later; one that has begun ends with its gas, or at its next guess
   */
  async speculate(steps: readonly SpeculativeStep[], limitMs: number): Promise<SpeculationRound> {
    const start = this.options.now()
    const deadline = start + limitMs
    this.runCount = 0
    const wanted = new Set(steps.map((step) => this.seriesOf(step)))
    await this.updateOpening()
    const unfinished: SpeculativeStep[] = []
    for (const series of wanted) {
      if (this.options.now() > deadline || !(await this.update(series, deadline))) unfinished.push(...series.steps)
    }
    const opening = this.runs.get('opening')!.run.step
    for (const { steps } of wanted) await this.secondLook.at(steps, (step) => this.runs.get(step), opening, deadline)
    const found = { missing: this.missing(wanted), complete: this.takeComplete(wanted) }
    return { ...found, unfinished, runs: this.runCount, ms: this.options.now() - start }
  }

  /**
   * Runs the block in order, with these results and its own taken where they hold: what it lacks that no transaction
   * lacked alone.
   */
  async rehearse(results: readonly TransactionResult[], limitMs: number): Promise<readonly MissingValue[]> {
    const { crypto, now, pace } = this.options
    const earlier = new Map([...results, ...this.results()].map((result) => [result.index, result]))
    this.reader.startOver()
    this.reader.allow({ guesses: MAX_GUESSES, deadline: now() + limitMs })
    return rehearse(this.prepared, this.reader, { crypto, now, pace }, earlier)
  }

  /** All that has been handed out as complete so far. */
  results(): readonly TransactionResult[] {
    return [...this.handedOut]
  }

  private seriesOf(step: SpeculativeStep): Series {
    if (step === 'closing') return this.closing
    const series = this.groupOf.get(step)
    if (series === undefined) throw new RangeError(`the block has no transaction ${step}`)
    return series
  }

  private async updateOpening(): Promise<void> {
    const earlier = this.runs.get('opening')
    if (earlier !== undefined && !this.isDue(earlier)) return
    this.state.startOver()
    this.reader.startOver()
    this.reader.allow({ guesses: MAX_GUESSES, deadline: Infinity })
    this.keep('opening', await this.runner.opening())
  }

  /** False where time ran out before all steps were looked at. */
  private async update(series: Series, deadline: number): Promise<boolean> {
    const opening = this.runs.get('opening')!.run.step
    const isDue = (step: SpeculativeStep) => !this.runs.has(step) || this.isDue(this.runs.get(step)!)
    if (series.opening === opening && !series.steps.some(isDue)) return true
    series.opening = undefined
    const before = [opening]
    await this.begin(before)
    for (const step of series.steps) {
      const kept = await this.stands(step)
      if (kept === undefined && !(await this.runAgain(step, deadline))) return false
      const { run } = this.runs.get(step)!
      before.push(run.step)
      // What an unsuccessful run has left of the state is nothing to go on with.
      if (kept === undefined && run.end !== 'done') await this.begin(before)
    }
    series.opening = opening
    return true
  }

  /** The state after the steps. They are taken where they stand; where they do not, they will be run again. */
  private async begin(before: readonly StepResult[]): Promise<void> {
    this.state.startOver()
    this.reader.startOver()
    this.reader.allow(NO_BOUND)
    for (const step of before) await adoptResult(this.state, undefined, step)
  }

  /** The run there is, and the state as it leaves it; undefined where there is none whose reads hold. */
  private async stands(step: SpeculativeStep): Promise<KeptRun | undefined> {
    const earlier = this.runs.get(step)
    if (earlier === undefined) return undefined
    const { run } = earlier
    const wasCut = run.code === 'guessed' || run.end === 'stopped'
    if (wasCut && this.isDue(earlier)) return undefined
    this.reader.allow(NO_BOUND)
    if (!(await adoptResult(this.state, undefined, run.step))) return undefined
    return this.keep(step, run)
  }

  private async runAgain(step: SpeculativeStep, deadline: number): Promise<boolean> {
    this.reader.allow({ guesses: MAX_GUESSES, deadline })
    const run = await this.run(step)
    if (run.end === 'out of time') return false
    this.keep(step, run)
    return true
  }

  private run(step: SpeculativeStep): Promise<StepRun> {
    this.runCount++
    return step === 'closing' ? this.runner.closing() : this.runner.transaction(step)
  }

  private keep(step: SpeculativeStep | 'opening', run: StepRun): KeptRun {
    const kept = { run, missing: missingValues(run.step.reads, this.reader) }
    this.runs.set(step, kept)
    return kept
  }

  private isDue({ missing }: KeptRun): boolean {
    return hasCome(missing, this.reader)
  }

  private missing(wanted: Iterable<Series>): MissedValue[] {
    const missed = new MissedValues()
    missed.add(this.runs.get('opening')!.missing, undefined)
    for (const { steps } of wanted) {
      for (const step of steps) missed.add(this.runs.get(step)?.missing ?? NONE, step)
      for (const step of steps) missed.add(this.secondLook.missing(step), step)
    }
    return missed.values()
  }

  private takeComplete(wanted: Iterable<Series>): TransactionResult[] {
    const complete: TransactionResult[] = []
    const isOpen = ({ run, missing }: KeptRun) => missing.size > 0 || run.code === 'guessed'
    if (isOpen(this.runs.get('opening')!)) return complete
    for (const { steps } of wanted) {
      for (const step of steps) {
        const kept = this.runs.get(step)
        if (kept === undefined || isOpen(kept)) break
        const { transaction } = kept.run
        if (transaction === undefined || this.handedOut.has(transaction)) continue
        this.handedOut.add(transaction)
        complete.push(transaction)
      }
    }
    return complete
  }
}

/** Steps that follow one another. */
interface Series {
  readonly steps: readonly SpeculativeStep[]
  /** The block's opening that their runs were last seen to hold on; undefined while they have to be looked at. */
  opening: StepResult | undefined
}

interface KeptRun {
  readonly run: StepRun
  /** When it was last looked at. */
  readonly missing: MissingValues
}

const NONE: MissingValues = new Map()

/** For reads that a run has made within its bounds before. */
const NO_BOUND = { guesses: Infinity, deadline: Infinity }

function groupBySender({ block }: PreparedBlock): number[][] {
  const groups = new Map<bigint, number[]>()
  for (const [index, tx] of block.transactions.entries()) {
    const sender = bytesToWord(tx.getSenderAddress().bytes)
    const group = groups.get(sender)
    if (group === undefined) groups.set(sender, [index])
    else group.push(index)
  }
  return [...groups.values()]
}

function accountHints({ block }: PreparedBlock, groups: readonly (readonly number[])[]): AccountHints {
  const { transactions, header, withdrawals } = block
  const senders = new Map<bigint, bigint>()
  for (const [first] of groups) {
    const tx = transactions[first!]!
    senders.set(bytesToWord(tx.getSenderAddress().bytes), tx.nonce)
  }
  const payees = new Set([bytesToWord(header.coinbase.bytes)])
  for (const { address } of withdrawals ?? []) payees.add(bytesToWord(address.bytes))
  for (const { to, data } of transactions) if (to !== undefined && data.length === 0) payees.add(bytesToWord(to.bytes))
  return { senders, payees }
}
