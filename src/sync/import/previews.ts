/** Children started before their parents are done: prefetched and speculated on the newest state known, validated after it. */
import type { Clock } from '../../chain/clock.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { PREVIEWS_AT_ONCE } from './constants.ts'
import type { ImportBlock } from './import-block.ts'
import { NO_COSTS, type BlockCosts, type ImportExecutor } from './import-tools.ts'
import { startTimed, type TimedTask } from './timed-task.ts'

export interface PreviewsOptions {
  readonly clock: Clock
  readonly executor: ImportExecutor
  /** As long as a block's turn may take. */
  readonly limitMs: number
  readonly onEnd: (block: ImportBlock, costs: BlockCosts) => void
}

interface Preview {
  readonly block: ImportBlock
  readonly task: TimedTask
  costs: BlockCosts
}

/** Always: at most PREVIEWS_AT_ONCE under way, one for a block. What they find decides nothing. */
export class Previews {
  private readonly running = new Map<string, Preview>()

  constructor(private readonly options: PreviewsOptions) {}

  get isFull(): boolean {
    return this.running.size >= PREVIEWS_AT_ONCE
  }

  costs(block: ImportBlock): BlockCosts {
    return this.running.get(block.key)?.costs ?? NO_COSTS
  }

  /** @param ground the newest block whose state is at hand */
  start(block: ImportBlock, parent: RawHeader, ground: RawHeader): void {
    const { clock, executor, limitMs } = this.options
    const { body } = block
    if (body === undefined || this.running.has(block.key)) return
    const task = startTimed({
      clock,
      limitMs,
      run: (signal) =>
        executor.prepare(body, { parent, ground }, { signal, onProgress: (_stage, costs) => (preview.costs = costs) }),
      onEnd: () => this.end(block.key),
    })
    const preview: Preview = { block, task, costs: NO_COSTS }
    this.running.set(block.key, preview)
  }

  /** Ends those that are not wanted any more; their costs count. */
  keepOnly(isWanted: (key: string) => boolean): void {
    for (const [key, { task }] of [...this.running]) {
      if (isWanted(key)) continue
      task.cancel()
      this.end(key)
    }
  }

  private end(key: string): void {
    const preview = this.running.get(key)
    this.running.delete(key)
    if (preview !== undefined) this.options.onEnd(preview.block, preview.costs)
  }
}
