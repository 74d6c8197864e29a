/** Fetches bodies of blocks whose headers are known, a bounded number at once, each within a limit of time. */
import type { Clock } from '../../chain/clock.ts'
import type { Keccak } from '../../chain/bytes.ts'
import { messageOf } from '../../chain/thrown.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import { BODIES_AT_ONCE, FETCH_LIMIT_MS } from './constants.ts'
import { fetchBody } from './head-search.ts'
import type { ImportBlock } from './import-block.ts'
import type { ImportFetcher } from './import-tools.ts'
import { startTimed, type TimedTask } from './timed-task.ts'

export interface BodyFetchesOptions {
  readonly clock: Clock
  readonly keccak: Keccak
  readonly fetcher: ImportFetcher
  /** The body, whose header is the block's; or why there is none. */
  readonly onBody: (block: ImportBlock, body: RawBlock | { readonly reason: string }) => void
}

/** Always: at most BODIES_AT_ONCE under way, one for a block. */
export class BodyFetches {
  private readonly tasks = new Map<string, TimedTask>()

  constructor(private readonly options: BodyFetchesOptions) {}

  isFetching(block: ImportBlock): boolean {
    return this.tasks.has(block.key)
  }

  get isFull(): boolean {
    return this.tasks.size >= BODIES_AT_ONCE
  }

  start(block: ImportBlock): void {
    const { clock, fetcher, keccak, onBody } = this.options
    const task = startTimed({
      clock,
      limitMs: FETCH_LIMIT_MS,
      run: (signal) => fetchBody(block.header.hash, { fetcher, keccak }, signal),
      onEnd: (result) => {
        this.tasks.delete(block.key)
        onBody(block, 'value' in result ? result.value : { reason: messageOf(result.error) })
      },
    })
    this.tasks.set(block.key, task)
  }

  /** Ends the fetches of blocks that are not wanted any more. */
  keepOnly(isWanted: (key: string) => boolean): void {
    for (const [key, task] of this.tasks) {
      if (isWanted(key)) continue
      task.cancel()
      this.tasks.delete(key)
    }
  }
}
