/**
 * Executes blocks on state that is fetched just in time: predictions first, then transactions run ahead where the predictions
 * did not bring everything, then in-order execution, which fetches what it still lacks and is the only one that counts.
 */
import type { Clock } from '../../chain/clock.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import type { ExecutionJob, ExecutionOutcome, ExecutionState } from '../../execution/block/execute-block.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { Unchecked, Verification } from '../../execution/block/verification.ts'
import type { BlockInput } from '../../execution/block/verify-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { StateHome } from '../../execution/remote/evm-messages.ts'
import { executeRemotely } from '../../execution/remote/remote-executor.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import { hashKey } from '../../state/hash-key.ts'
import { describeFault } from '../../state/data-fault.ts'
import type { Store } from '../../state/store/store.ts'
import type { EvmPool } from '../evm/evm-pool.ts'
import { EvmLostError } from '../evm/evm-seat.ts'
import { STATE_SERVING_WINDOW } from '../import/constants.ts'
import {
  NO_COSTS,
  type BlockCosts,
  type ExecutionResult,
  type ImportExecutor,
  type ImportTask,
  type SecondOpinion,
} from '../import/import-tools.ts'
import { addCosts } from '../import/import-block.ts'
import { problemOf, secondOpinion } from '../import/second-opinion.ts'
import { keepBlock } from '../kept-block.ts'
import { NO_VALUES } from '../known-values.ts'
import { BlockFetch } from '../state-fetch/block-fetch.ts'
import type { ContentPool } from '../state-fetch/content-pool.ts'
import { executeWithFaults, linkedHeaders, prefetchBlock, type Predicted } from '../state-fetch/fetch-and-execute.ts'
import { FetchBoundError, StateUnavailableError } from '../state-fetch/fetch-error.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import { hintsIn } from '../state-fetch/sources/block-hints.ts'
import { BlockPredictor, type Prediction } from '../prediction/block-predictor.ts'
import { blockCosts } from './block-costs.ts'
import type { BlockTraces } from './block-traces.ts'
import { BlockSpeculation } from './block-speculation.ts'
import { DoubtedPredictionError, doubtingReader } from './doubted-prediction.ts'
import { fetchedContents } from './fetched-contents.ts'
import { PreparedBlocks } from './prepared-blocks.ts'
import type { AllowedSources } from './source-choice.ts'

export interface BlockExecutorOptions {
  readonly network: ExecutionNetwork
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** ms, for stage times only. */
  readonly now: () => number
  readonly selector: ServerSelector
  readonly pool: ContentPool
  readonly evms: EvmPool
  /** Makes the state's side callable from an EVM worker. */
  readonly lend: (home: StateHome) => StateHome
  readonly store: Store
  /** RLP, newest first, contiguous from that hash. */
  readonly ancestors: (from: Hash, count: number, signal: AbortSignal) => Promise<readonly Uint8Array[]>
  /** Number of the newest block there is, as far as known. */
  readonly newest: () => number
  readonly allowed: AllowedSources
  /** Told of everything that is fetched for a block. */
  readonly traces: BlockTraces
}

/** Times that a block is begun when EVM workers die under it: once more than a fault of one worker needs. */
const MAX_BEGINNINGS = 3

export class BlockExecutor implements ImportExecutor {
  private readonly prepared = new PreparedBlocks()
  /** Predictions under way of blocks that wait for their parents. */
  private readonly predicting = new Map<string, Promise<unknown>>()
  private readonly predictor: BlockPredictor
  /** Whether the last block that came without predictions had to ask nobody. */
  private wasAtHand = false

  constructor(private readonly options: BlockExecutorOptions) {
    this.predictor = new BlockPredictor(options.crypto.keccak)
  }

  async prepare(
    block: RawBlock,
    { parent, ground }: { readonly parent: RawHeader; readonly ground: RawHeader },
    task: ImportTask,
  ): Promise<void> {
    const key = hashKey(block.header.hash)
    const early = this.predictEarly(block, parent, task)
    this.predicting.set(key, early)
    try {
      const { isPrepared, spent } = await early
      if (isPrepared) return
      await this.learnOn(ground, block, task, spent)
    } finally {
      this.predicting.delete(key)
    }
  }

  async execute(block: RawBlock, parent: RawHeader, task: ImportTask): Promise<ExecutionResult> {
    // What is on its way already is not asked for again; that it cannot be had is found out anew.
    await this.predicting.get(hashKey(block.header.hash))?.catch(() => undefined)
    task.signal.throwIfAborted()
    const early = this.prepared.take(block.header.hash)
    const told = early?.told ?? NO_COSTS
    const fetch = early?.fetch ?? this.fetchOf(block, parent)
    const costs = (): BlockCosts => blockCosts(fetch, told)
    const ends = endWith(task.signal, fetch)
    let stage: 'fetching' | 'executing' = 'fetching'
    fetch.onProgress = () => task.onProgress(stage, costs())
    try {
      fetch.onProgress()
      const predicted = early?.predicted ?? (await this.predict(fetch, block, this.options.allowed))
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

  /** Predictions of a block that waits for its parent, kept for its turn. */
  private async predictEarly(
    block: RawBlock,
    parent: RawHeader,
    task: ImportTask,
  ): Promise<{ readonly isPrepared: boolean; readonly spent: BlockCosts }> {
    const fetch = this.fetchOf(block, parent)
    fetch.onProgress = () => task.onProgress('fetching', blockCosts(fetch))
    const ends = endWith(task.signal, fetch)
    try {
      const predicted = await this.predict(fetch, block, withoutHints(this.options.allowed))
      fetch.onProgress()
      const spent = blockCosts(fetch)
      const isPrepared = predicted.outcome.kind === 'brought'
      if (isPrepared) this.prepared.put({ hash: block.header.hash, fetch, predicted, told: spent })
      return { isPrepared, spent }
    } finally {
      ends()
    }
  }

  private fetchOf(block: RawBlock, parent: RawHeader): BlockFetch {
    const { pool, selector, crypto, clock, allowed, newest, traces } = this.options
    const fetch = new BlockFetch({
      ...{ pool, selector, clock, keccak: crypto.keccak, ways: allowed.ways },
      block: block.header,
      parentHash: parent.hash,
      parentStateRoot: parent.stateRoot,
      newest: Math.max(newest(), block.header.number),
    })
    traces.add(block.header.hash, fetch.counter.trace)
    return fetch
  }

  private async predict(fetch: BlockFetch, block: RawBlock, { predictions }: AllowedSources): Promise<Predicted> {
    const { network, crypto, now } = this.options
    const { parentStateRoot } = fetch
    const input = { fetch, network, block, crypto, now, parentStateRoot }
    const predicted = await prefetchBlock(input, predictions).catch((error: unknown): Predicted => {
      if (!(error instanceof FetchBoundError)) throw error
      // Whoever sends more than a block can need keeps nobody from executing it.
      fetch.letGo()
      return { source: undefined, outcome: { kind: 'unavailable', reasons: [error.message] } }
    })
    const { outcome } = predicted
    if (outcome.kind !== 'brought') return predicted
    // What a server says of ancestors nothing proves: their headers are fetched where BLOCKHASH asks for them.
    return { ...predicted, outcome: { ...outcome, blockHashes: new Map() } }
  }

  /**
   * Runs the block as the ground's child: what it touches there is mostly what it will touch.
   * @param spent by the same task before
   */
  private async learnOn(ground: RawHeader, block: RawBlock, task: ImportTask, spent: BlockCosts): Promise<void> {
    const { header, rlp } = block
    const asChild = { ...block, header: { ...header, number: ground.number + 1 } }
    const fetch = this.fetchOf(asChild, ground)
    fetch.onProgress = () => task.onProgress('fetching', addCosts(spent, blockCosts(fetch)))
    const ends = endWith(task.signal, fetch)
    const { number, timestamp, difficulty } = header
    const job: ExecutionJob = {
      network: this.options.network,
      block: rlp,
      position: { number, timestamp, difficulty },
      ancestors: new Map([[number - 1, header.parentHash]]),
      engine: 'tuned',
    }
    try {
      await this.predict(fetch, asChild, onlyHints(this.options.allowed))
      const { values } = this.predictionOf(block)
      const speculation = await this.speculate(job, fetch, values, task.signal)
      speculation?.close()
      fetch.onProgress()
    } finally {
      ends()
    }
  }

  private predictionOf(block: RawBlock): Prediction {
    const { network, crypto } = this.options
    return this.predictor.predict(hintsIn(block, network, crypto).calls)
  }

  private async speculate(
    job: ExecutionJob,
    fetch: BlockFetch,
    predicted: readonly MissingValue[],
    signal: AbortSignal,
  ): Promise<BlockSpeculation | undefined> {
    const known = fetch.knownValues()
    const { seats } = this.options.evms
    const speculation = await BlockSpeculation.open({ job, known, fetch, predicted, seats, signal })
    try {
      await speculation?.run()
    } catch (error) {
      speculation?.close()
      throw error
    }
    return speculation
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
      return evms.run((evm) => {
        const begin = (home: StateHome) => evm.execute(job, known, home)
        return executeRemotely(begin, { ...from, reader }, lend, admitCodes)
      })
    }
    const prediction = this.predictionOf(run.block)
    const speculation = await this.speculate(job, fetch, prediction.values, task.signal)
    if (speculation === undefined) throw new EvmLostError('no EVM worker could begin the block')
    try {
      prediction.learn(speculation.results())
      const outcome = await executeRemotely((home) => speculation.execute(home), from, lend, admitCodes)
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
          secondOpinion: (signal) => this.secondOpinion(run, signal),
        }
    }
  }

  /** What the block has made is at hand for its children at once, and in the store later. */
  private keeping(
    verified: Verification & { readonly kind: 'verified' },
    fetch: BlockFetch,
  ): () => Promise<string | undefined> {
    const { network, pool, store } = this.options
    const made = fetch.commit()
    pool.admit([...made.nodes, ...made.codes])
    return () => keepBlock(store, network, verified, { read: () => fetch.read(), commit: () => made })
  }

  private async secondOpinion({ fetch, block, parent, headers }: Run, signal: AbortSignal): Promise<SecondOpinion> {
    const { network, crypto, now, evms, lend, store } = this.options
    const input: BlockInput = {
      ...{ network, block: block.rlp, blockHash: block.header.hash, preStateRoot: parent.stateRoot },
      headers: linkedHeaders(block, headers, crypto),
      blockHashes: new Map(),
    }
    const ends = endWith(signal, fetch)
    const opinion = secondOpinion({
      ...{ input, crypto, now },
      contents: fetchedContents(fetch),
      execute: (job, from) =>
        evms.run((evm) => {
          const begin = (home: StateHome) => evm.execute(job, NO_VALUES, home)
          return executeRemotely(begin, from, lend, () => undefined)
        }),
      keep: (verified, state) => keepBlock(store, network, verified, state),
    })
    return opinion.finally(ends)
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

interface Run {
  readonly fetch: BlockFetch
  readonly block: RawBlock
  readonly parent: RawHeader
  readonly predicted: Predicted
  /** RLP of the parent and of whatever else came. */
  readonly headers: Uint8Array[]
  readonly task: ImportTask
  /** What predictions brought is taken for all that the block needs. */
  isTrusted: boolean
  /** Transactions whose results were taken over. */
  adopted: number
}

/** Of a block after the merge; work is not proven before it by anybody here. */
const UNPROVEN: readonly Unchecked[] = ['parentHeader', 'blockHashes']

/** Hints name a part of what a block needs; the others claim to be all of it. */
const isPredicted = ({ source }: Predicted): boolean => source !== undefined && source !== 'hints'

const withoutHints = (allowed: AllowedSources): AllowedSources => ({
  ...allowed,
  predictions: new Set([...allowed.predictions].filter((name) => name !== 'hints')),
})

const onlyHints = (allowed: AllowedSources): AllowedSources => ({
  ...allowed,
  predictions: new Set([...allowed.predictions].filter((name) => name === 'hints')),
})

function headersOf({ outcome }: Predicted): readonly Uint8Array[] {
  return outcome.kind === 'brought' ? outcome.headers : []
}

/** @returns lets go of the signal */
function endWith(signal: AbortSignal, fetch: BlockFetch): () => void {
  const cancel = () => fetch.cancel(signal.reason as Error)
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}
