/** Looks for the place of the newest head, one search at a time, again and again while it fails. */
import type { Hash } from '../../chain/bytes.ts'
import { messageOf } from '../../chain/thrown.ts'
import { FETCH_LIMIT_MS, RETRY_DELAY_MAX_MS } from './constants.ts'
import { searchHead, type HeadSearch } from './head-search.ts'
import type { ImportHead } from './import-events.ts'
import type { ImportTools } from './import-tools.ts'
import { retryDelay } from './retry-delay.ts'
import { startTimed, type TimedTask } from './timed-task.ts'
import { WakeTimer } from './wake-timer.ts'

export interface HeadFinderOptions {
  readonly tools: Pick<ImportTools, 'clock' | 'keccak' | 'fetcher'>
  readonly isKnown: (hash: Hash) => boolean
  /** As of a search. */
  readonly downTo: (number: number) => number
  /** @returns why the head is not followed, which is tried again later; undefined when it is */
  readonly onFound: (result: Exclude<HeadSearch, { kind: 'failed' }>, head: ImportHead) => string | undefined
  /** Something changed: look whether there is something to do. */
  readonly onEnd: () => void
}

export class HeadFinder {
  /** Why the newest head is not followed, as far as the last search can say. */
  problem: string | undefined
  private search: TimedTask | undefined
  private failures = 0
  private notBefore = 0
  private readonly timer: WakeTimer

  constructor(private readonly options: HeadFinderOptions) {
    this.timer = new WakeTimer(options.tools.clock, options.onEnd)
  }

  /** The next search begins at once: there is something new to look for. */
  hurry(): void {
    this.notBefore = 0
  }

  /** Begins a search unless one is under way or has just failed. One under way for an older head is let come to its end. */
  find(head: ImportHead): void {
    const { tools, isKnown, downTo } = this.options
    const { clock, keccak, fetcher } = tools
    if (this.search !== undefined) return
    if (clock.now() < this.notBefore) return this.timer.wakeAt(this.notBefore)
    this.search = startTimed({
      clock,
      limitMs: FETCH_LIMIT_MS,
      run: (signal) => searchHead({ head: head.hash, isKnown, downTo, fetcher, keccak, signal }),
      onEnd: (result) => {
        this.search = undefined
        this.end('value' in result ? result.value : { kind: 'failed', reason: messageOf(result.error) }, head)
        this.options.onEnd()
      },
    })
  }

  close(): void {
    this.search?.cancel()
    this.timer.close()
  }

  private end(result: HeadSearch, head: ImportHead): void {
    const now = this.options.tools.clock.now()
    if (result.kind === 'failed') {
      this.problem = result.reason
      this.notBefore = now + retryDelay(this.failures++)
      return
    }
    this.failures = 0
    this.problem = this.options.onFound(result, head)
    if (this.problem !== undefined) this.notBefore = now + RETRY_DELAY_MAX_MS
  }
}
