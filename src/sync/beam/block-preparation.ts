/** What is done for a block before its parent is: predictions are fetched for its turn, else it is run on the newest state known. */
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionJob } from '../../execution/block/execute-block.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import { hashKey } from '../../state/hash-key.ts'
import { addCosts } from '../import/import-block.ts'
import type { BlockCosts, ImportTask } from '../import/import-tools.ts'
import type { SourceName } from '../state-fetch/sources/source.ts'
import { blockCosts } from './block-costs.ts'
import { endWith, namedBy, type BlockExecutorOptions, type BlockSources } from './block-sources.ts'
import { PreparedBlocks, type PreparedBlock } from './prepared-blocks.ts'
import type { RunAhead } from './run-ahead.ts'

export class BlockPreparation {
  private readonly prepared = new PreparedBlocks()
  /** Predictions under way. */
  private readonly predicting = new Map<string, Promise<unknown>>()

  constructor(
    private readonly options: Pick<BlockExecutorOptions, 'network' | 'allowed'>,
    private readonly sources: BlockSources,
    private readonly ahead: RunAhead,
  ) {}

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

  /** What has been brought for its turn. What is on its way is waited for: it is not asked for again. */
  async take(hash: Hash): Promise<PreparedBlock | undefined> {
    await this.predicting.get(hashKey(hash))?.catch(() => undefined)
    return this.prepared.take(hash)
  }

  /** Predictions of a block that waits for its parent, kept for its turn. */
  private async predictEarly(
    block: RawBlock,
    parent: RawHeader,
    task: ImportTask,
  ): Promise<{ readonly isPrepared: boolean; readonly spent: BlockCosts }> {
    const fetch = this.sources.open(block, parent)
    fetch.onProgress = () => task.onProgress('fetching', blockCosts(fetch))
    const ends = endWith(task.signal, fetch)
    try {
      const predicted = await this.sources.predict(fetch, block, this.names('whole'))
      fetch.onProgress()
      const spent = blockCosts(fetch)
      const isPrepared = predicted.outcome.kind === 'brought'
      if (isPrepared) this.prepared.put({ hash: block.header.hash, fetch, predicted, told: spent })
      return { isPrepared, spent }
    } finally {
      ends()
    }
  }

  /**
   * Runs the block as the ground's child: what it touches there is mostly what it will touch.
   * @param spent by the same task before
   */
  private async learnOn(ground: RawHeader, block: RawBlock, task: ImportTask, spent: BlockCosts): Promise<void> {
    const { header, rlp } = block
    const asChild = { ...block, header: { ...header, number: ground.number + 1 } }
    const fetch = this.sources.open(asChild, ground)
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
      const predicted = await this.sources.predict(fetch, asChild, this.names('hints'))
      const prediction = this.ahead.predictionOf(block, namedBy(predicted))
      const speculation = await this.ahead.speculate(job, fetch, prediction, {
        kind: 'speculation',
        signal: task.signal,
      })
      speculation?.close()
      fetch.onProgress()
    } finally {
      ends()
    }
  }

  /** Of those that are allowed. Hints name a part of what a block needs, and are of no use to its turn. */
  private names(which: 'whole' | 'hints'): ReadonlySet<SourceName> {
    const names = [...this.options.allowed.predictions]
    return new Set(names.filter((name) => (name === 'hints') === (which === 'hints')))
  }
}
