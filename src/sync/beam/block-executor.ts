/**
 * Executes blocks on state that is fetched just in time: predictions first, then transactions run ahead where the predictions
 * did not bring everything, then in-order execution, which fetches what it still lacks and is the only one that counts.
 */
import { messageOf } from '../../chain/thrown.ts'
import type { ExecutionJob, ExecutionOutcome, ExecutionState } from '../../execution/block/execute-block.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { Unchecked, Verification } from '../../execution/block/verification.ts'
import type { StateHome } from '../../execution/remote/evm-messages.ts'
import { executeRemotely } from '../../execution/remote/remote-executor.ts'
import { describeFault } from '../../state/data-fault.ts'
import { EvmLostError } from '../evm/evm-seat.ts'
import { STATE_SERVING_WINDOW } from '../import/constants.ts'
import {
  NO_COSTS,
  type BlockCosts,
  type ExecutionResult,
  type ImportExecutor,
  type ImportTask,
} from '../import/import-tools.ts'
import { problemOf } from '../import/second-opinion.ts'
import { keepBlock } from '../kept-block.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { executeWithFaults, type Predicted } from '../state-fetch/fetch-and-execute.ts'
import { FetchBoundError, StateUnavailableError } from '../state-fetch/fetch-error.ts'
import { blockCosts } from './block-costs.ts'
import { blockOpinion, type ContradictedBlock } from './block-opinion.ts'
import { BlockPreparation } from './block-preparation.ts'
import type { BlockSpeculation } from './block-speculation.ts'
import { BlockSources, endWith, isPredicted, namedBy, type BlockExecutorOptions } from './block-sources.ts'
import { DoubtedPredictionError, doubtingReader } from './doubted-prediction.ts'
import { RunAhead } from './run-ahead.ts'
import { shareByList } from './share-by-list.ts'

/** Times that a block is begun when EVM workers die under it: once more than a fault of one worker needs. */
const MAX_BEGINNINGS = 3

export class BlockExecutor implements ImportExecutor {
  private readonly sources: BlockSources
  private readonly ahead: RunAhead
  private readonly preparation: BlockPreparation
  /** Whether the last block that came without predictions had to ask nobody. */
  private wasAtHand = false

  constructor(private readonly options: BlockExecutorOptions) {
    this.sources = new BlockSources(options)
    this.ahead = new RunAhead(options)
    this.preparation = new BlockPreparation(options, this.sources, this.ahead)
  }

  prepare(
    block: RawBlock,
    on: { readonly parent: RawHeader; readonly ground: RawHeader },
    task: ImportTask,
  ): Promise<void> {
    return this.preparation.prepare(block, on, task)
  }

  async execute(block: RawBlock, parent: RawHeader, task: ImportTask): Promise<ExecutionResult> {
    const early = await this.preparation.take(block.header.hash)
    task.signal.throwIfAborted()
    const told = early?.told ?? NO_COSTS
    const fetch = early?.fetch ?? this.sources.open(block, parent)
    const costs = (): BlockCosts => blockCosts(fetch, told)
    const ends = endWith(task.signal, fetch)
    let stage: 'fetching' | 'executing' = 'fetching'
    fetch.onProgress = () => task.onProgress(stage, costs())
    try {
      fetch.onProgress()
      const predicted = early?.predicted ?? (await this.sources.predict(fetch, block, this.options.allowed.predictions))
      // All that predictions brought is told apart from what the block turns out to need.
      fetch.onProgress()
      stage = 'executing'
      fetch.onProgress()
      const headers = [...headersOf(predicted), parent.rlp]
      const run: Run = { fetch, block, parent, predicted, headers, task, isTrusted: isPredicted(predicted), adopted: 0 }
      const { requests } = fetch.costs()
      const verification = await this.verify(run)
      if (!isPredicted(predicted)) this.wasAtHand = fetch.costs().requests === requests
      return this.resultOf(verification, run, costs())
    } catch (error) {
      // What could not be had was not at hand, though nobody was there to be asked.
      this.wasAtHand = false
      if (task.signal.aborted) throw error
      return { ...this.shortfall(error, parent), costs: costs() }
    } finally {
      ends()
    }
  }

  private async verify(run: Run): Promise<Verification> {
    const { network, crypto, now } = this.options
    const { fetch, block, parent, predicted, task } = run
    for (let beginning = 1; ; beginning++) {
      try {
        return await executeWithFaults(
          {
            ...{ fetch, network, block, crypto, now, parentStateRoot: parent.stateRoot },
            ground: { headers: run.headers, blockHashes: new Map() },
            ancestors: async (from, count) => {
              const headers = await this.options.ancestors(from, count, task.signal)
              run.headers.push(...headers)
              return headers
            },
            execute: (job, from) => this.executeAt(job, from, run),
          },
          predicted,
        )
      } catch (error) {
        if (error instanceof DoubtedPredictionError && run.isTrusted && !task.signal.aborted) {
          this.doubt(run)
          continue
        }
        if (!(error instanceof EvmLostError) || beginning === MAX_BEGINNINGS || task.signal.aborted) throw error
      }
    }
  }

  private doubt(run: Run): void {
    run.isTrusted = false
    const { outcome } = run.predicted
    const whole = outcome.kind === 'brought' ? outcome.whole : undefined
    if (whole !== undefined) this.options.selector.reportIncomplete(whole.server, whole.kind)
  }

  /**
   * Speculation pays where reads would have to wait: not where the block came with what it needs, nor where the last one
   * found all of it at hand. A block that then lacks something fetches it read by read, and the next one speculates.
   */
  private async executeAt(job: ExecutionJob, from: ExecutionState, run: Run): Promise<ExecutionOutcome> {
    const { evms, lend } = this.options
    const { fetch, isTrusted, task } = run
    const admitCodes = fetch.admitCodes.bind(fetch)
    if (isTrusted || (this.wasAtHand && !isPredicted(run.predicted))) {
      const known = fetch.knownValues()
      const reader = isTrusted ? doubtingReader(from.reader, () => fetch.costs().requests) : from.reader
      const shared = isTrusted ? await this.executeByList(job, { ...from, reader }, run) : undefined
      if (shared !== undefined) return shared
      return evms.run(
        (evm, ticket) => {
          const begin = (home: StateHome) => evm.execute(job, known, home, ticket)
          return executeRemotely(begin, { ...from, reader }, lend, admitCodes)
        },
        { kind: 'import', signal: task.signal },
      )
    }
    const prediction = this.ahead.predictionOf(run.block, namedBy(run.predicted))
    const when = { kind: 'import', signal: task.signal } as const
    const speculation = await this.ahead.speculate(job, fetch, prediction, when)
    if (speculation === undefined) throw new EvmLostError('no EVM worker could begin the block')
    prediction.learn(speculation.results())
    const outcome = await this.adopting(speculation, from, run)
    prediction.judge(outcome.adopted, evms.seats.length)
    return outcome
  }

  /** Undefined where there is no list, or sharing the block out does not pay. */
  private async executeByList(
    job: ExecutionJob,
    from: ExecutionState,
    run: Run,
  ): Promise<ExecutionOutcome | undefined> {
    const { fetch, block, predicted, task } = run
    const accessList = predicted.outcome.kind === 'brought' ? predicted.outcome.accessList : undefined
    if (accessList === undefined) return undefined
    const listed = { job, block, accessList, fetch }
    const speculation = await shareByList(listed, this.options.evms.seats, task.signal)
    if (speculation === undefined) return undefined
    return this.adopting(speculation, from, run)
  }

  private async adopting(speculation: BlockSpeculation, from: ExecutionState, run: Run): Promise<ExecutionOutcome> {
    try {
      const admitCodes = run.fetch.admitCodes.bind(run.fetch)
      const outcome = await executeRemotely((home) => speculation.execute(home), from, this.options.lend, admitCodes)
      run.adopted = outcome.adopted.length
      return outcome
    } finally {
      speculation.close()
    }
  }

  private resultOf(verification: Verification, run: Run, costs: BlockCosts): ExecutionResult {
    switch (verification.kind) {
      case 'verified': {
        const assumed = verification.notChecked.filter((what) => UNPROVEN.includes(what))
        if (assumed.length > 0)
          return { kind: 'unavailable', costs, reason: `nothing proves its ${assumed.join(', ')}` }
        const stats = { ...verification.stats, adopted: run.adopted }
        return { kind: 'verified', costs, stats, keep: this.keeping(verification, run.fetch) }
      }
      case 'fault':
        return { kind: 'unavailable', costs, reason: `${describeFault(verification.fault)} cannot be had` }
      case 'mismatch':
      case 'rejected':
        return {
          ...{ kind: 'contradicted', costs, problem: problemOf(verification) },
          secondOpinion: (signal) => blockOpinion(run, this.options, signal),
        }
    }
  }

  /** What the block has made is at hand for its children at once, and in the store later. */
  private keeping(
    verified: Verification & { readonly kind: 'verified' },
    fetch: BlockFetch,
  ): () => Promise<string | undefined> {
    const { network, pool, store, onKeep } = this.options
    const made = fetch.commit()
    const read = fetch.read()
    // What came with the block was its own so far, and of what it read its children read a third again.
    pool.admit([...read.nodes, ...made.nodes, ...made.codes])
    return () => {
      const kept = keepBlock(store, network, verified, { read: () => read, commit: () => made })
      onKeep()
      return kept
    }
  }

  private shortfall(error: unknown, parent: RawHeader): { kind: 'unavailable' | 'state-gone'; reason: string } {
    const { newest, selector } = this.options
    const reason = messageOf(error)
    if (error instanceof FetchBoundError || !(error instanceof StateUnavailableError))
      return { kind: 'unavailable', reason }
    const offered = (number: number) =>
      (['paths', 'proofs'] as const).some((kind) => selector.offers(kind, { number, newest: newest() }))
    const isOld = newest() - parent.number >= STATE_SERVING_WINDOW
    const isGone = isOld || (offered(newest()) && !offered(parent.number))
    return { kind: isGone ? 'state-gone' : 'unavailable', reason }
  }
}

interface Run extends ContradictedBlock {
  readonly headers: Uint8Array[]
  readonly predicted: Predicted
  readonly task: ImportTask
  /** What predictions brought is taken for all that the block needs. */
  isTrusted: boolean
  /** Transactions whose results were taken over. */
  adopted: number
}

/** Of a block after the merge; work is not proven before it by anybody here. */
const UNPROVEN: readonly Unchecked[] = ['parentHeader', 'blockHashes']

function headersOf({ outcome }: Predicted): readonly Uint8Array[] {
  return outcome.kind === 'brought' ? outcome.headers : []
}
