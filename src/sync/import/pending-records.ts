/** Records of verified blocks on their way to the store, while the next blocks are executed. */
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import { MAX_WAITING_RECORDS, RECORD_LIMIT_MS } from './constants.ts'
import { startTimed, type TimedTask } from './timed-task.ts'

export class PendingRecords {
  private readonly tasks = new Set<TimedTask>()

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.tasks.size
  }

  /** No block is executed until there are fewer: the disk cannot follow. */
  get isFull(): boolean {
    return this.size >= MAX_WAITING_RECORDS
  }

  /** @param onEnd told why it is not kept; undefined when it is */
  start(keep: () => Promise<string | undefined>, onEnd: (notKept: string | undefined) => void): void {
    const task: TimedTask = startTimed({
      clock: this.clock,
      limitMs: RECORD_LIMIT_MS,
      run: keep,
      onEnd: (result) => {
        this.tasks.delete(task)
        onEnd('value' in result ? result.value : messageOf(result.error))
      },
    })
    this.tasks.add(task)
  }
}
