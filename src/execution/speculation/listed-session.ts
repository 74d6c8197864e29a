/**
 * Speculative execution of a block whose access list (EIP-7928) is at hand: each transaction runs on the parent state with
 * the list's changes before it, so that what others leave behind is there before they run, and none waits for another; not
 * for one of its sender either. Nothing of the list counts: a result is taken over where its reads hold in order.
 */
import { InvalidBlockError } from '../block/invalid-block-error.ts'
import { createEngine, recoverSender, type PreparedBlock } from '../block/prepare-block.ts'
import { EMPTY_TRIE_ROOT } from '../state/account-entry.ts'
import { FlatState } from '../state/flat-state.ts'
import { asAddress } from '../../chain/bytes.ts'
import { wordToAddress, wordToBytes32 } from '../words.ts'
import { GuessingReader } from './guessing-reader.ts'
import type { ListedChanges } from './listed-changes.ts'
import { ListedReader } from './listed-reader.ts'
import { hasCome, missingValues, type MissingValue, type MissingValues } from './missing-values.ts'
import { learnValues, type LearnedValue } from './parent-values.ts'
import { MissedValues } from './missed-values.ts'
import type { Speculation, SpeculationOptions, SpeculationRound, SpeculativeStep } from './speculation.ts'
import { StepRunner, type StepRun } from './step-runner.ts'
import type { TransactionResult } from './transaction-result.ts'

/**
 * Guesses per run. The list names what there is to know, and whoever has it knows that before; what is missing yet is
 * fetched in order, and a run on guesses is of little use.
 */
const MAX_GUESSES = 64

/** Always: what is handed out as complete rests on the list and on known values alone. */
export class ListedSession implements Speculation {
  /** Each transaction by itself. */
  readonly groups: readonly (readonly number[])[]
  private readonly runs = new Map<number, KeptRun>()
  private readonly handedOut: TransactionResult[] = []

  private constructor(
    private readonly prepared: PreparedBlock,
    private readonly options: SpeculationOptions,
    private readonly changes: ListedChanges,
    private readonly tools: Tools,
  ) {
    this.groups = prepared.block.transactions.map((_, index) => [index])
  }

  static async open(
    prepared: PreparedBlock,
    options: SpeculationOptions,
    changes: ListedChanges,
  ): Promise<ListedSession> {
    const { crypto, now, values, codes, earlier, pace } = options
    const parent = new GuessingReader(values, codes, earlier, NO_HINTS, now)
    const reader = new ListedReader(changes, parent)
    const state = new FlatState(reader)
    const engine = await createEngine(prepared, state, async () => EMPTY_TRIE_ROOT, crypto, pace)
    return new ListedSession(prepared, options, changes, {
      parent,
      reader,
      state,
      runner: new StepRunner(engine, parent),
    })
  }

  /** What the list names and nobody has told yet: what is absent from the state, and codes. */
  lacking(): MissingValue[] {
    const { parent } = this.tools
    const lacking: MissingValue[] = []
    for (const { key, slots } of this.changes.keys()) {
      const address = asAddress(wordToAddress(key))
      // Where there is no account, there is nothing else.
      if (!parent.knowsAccount(address)) lacking.push({ kind: 'account', address })
      for (const slot of slots) {
        if (!parent.knowsSlot(address, slot)) lacking.push({ kind: 'storage', address, slot: wordToBytes32(slot) })
      }
      const codeHash = parent.missingCode(address)
      if (codeHash !== undefined && codeHash !== 'unknown') lacking.push({ kind: 'code', address, codeHash })
    }
    return lacking
  }

  learn(learned: readonly LearnedValue[]): void {
    learnValues(this.options, learned)
  }

  async speculate(steps: readonly SpeculativeStep[], limitMs: number): Promise<SpeculationRound> {
    const { now } = this.options
    const start = now()
    const deadline = start + limitMs
    const missed = new MissedValues()
    const complete: TransactionResult[] = []
    const unfinished: SpeculativeStep[] = []
    let runs = 0
    for (const index of steps) {
      // What the protocol does at the end depends on no transaction's reads, and is done in order.
      if (index === 'closing') continue
      let kept = this.runs.get(index)
      if (kept === undefined || hasCome(kept.missing, this.tools.parent)) {
        kept = now() > deadline ? undefined : await this.run(index, deadline)
        if (kept === undefined) {
          unfinished.push(index)
          continue
        }
        runs += 1
        this.runs.set(index, kept)
        const { transaction, code } = kept.run
        if (transaction !== undefined && kept.missing.size === 0 && code === 'known') complete.push(transaction)
      }
      missed.add(kept.missing, index)
    }
    this.handedOut.push(...complete)
    return { missing: missed.values(), complete, unfinished, runs, ms: now() - start }
  }

  /** Runs find by themselves what transactions read of what others leave behind. */
  async rehearse(): Promise<readonly MissingValue[]> {
    return []
  }

  results(): readonly TransactionResult[] {
    return this.handedOut
  }

  /** Undefined where time ran out. */
  private async run(index: number, deadline: number): Promise<KeptRun | undefined> {
    const { parent, reader, state, runner } = this.tools
    state.startOver()
    parent.startOver()
    parent.allow({ guesses: MAX_GUESSES, deadline })
    // The step of the first transaction is 1.
    reader.standBefore(index + 1)
    if (!this.hasSender(index)) return { run: NOBODYS, missing: new Map() }
    const run = await runner.transaction(index)
    if (run.end === 'out of time') return undefined
    return { run, missing: missingValues(run.step.reads, parent) }
  }

  /** What is wrong with a signature, execution in order says. */
  private hasSender(index: number): boolean {
    try {
      recoverSender(this.prepared, index)
      return true
    } catch (error) {
      if (error instanceof InvalidBlockError) return false
      throw error
    }
  }
}

interface Tools {
  /** What is known of the parent state. */
  readonly parent: GuessingReader
  readonly reader: ListedReader
  readonly state: FlatState
  readonly runner: StepRunner
}

interface KeptRun {
  readonly run: StepRun
  /** When it was run. */
  readonly missing: MissingValues
}

/** Guesses of runs that are not insisted on need no hints. */
const NO_HINTS = { senders: new Map<bigint, bigint>(), payees: new Set<bigint>() }

const NOBODYS: StepRun = {
  step: { reads: [], effects: [], emptied: [], accessed: undefined },
  transaction: undefined,
  end: 'failed',
  code: 'known',
}
