/** What one call may take of an EVM worker, whatever it does. */
import type { Pace } from '../pace.ts'
import type { SlicedJob } from './sliced-job.ts'

/**
 * ms of computing for a call that says nothing of its own, all its runs together. Its gas is bounded too: 50 M of it take some two
 * seconds, ten times that where all goes into the slowest precompiles.
 */
export const COMPUTING_LIMIT_MS = 30_000

/** The call has computed for as long as it may. */
export class ComputingLimitError extends Error {
  override name = 'ComputingLimitError'
  constructor(limitMs: number) {
    super(`execution timeout: the call has computed for more than ${limitMs} ms; ask for less of it, or with less gas`)
  }
}

/** A job that ends by itself. Time in which others compute, or something is waited for, does not count. */
export class BoundedJob implements Pace {
  constructor(
    private readonly job: Pick<SlicedJob, 'pause' | 'away' | 'worked'>,
    private readonly limitMs: number,
  ) {}

  pause(): Promise<void> | undefined {
    if (this.job.worked() > this.limitMs) return Promise.reject(new ComputingLimitError(this.limitMs))
    return this.job.pause()
  }

  /** Waits for something from elsewhere. @throws {ComputingLimitError} where nothing could be done with it @throws what the job throws */
  away<T>(ask: () => Promise<T>): Promise<T> {
    if (this.job.worked() > this.limitMs) return Promise.reject(new ComputingLimitError(this.limitMs))
    return this.job.away(ask())
  }
}
