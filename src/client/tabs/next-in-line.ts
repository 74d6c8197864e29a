/** The line for a lock of its own, in the order of the line to lead: its holder is the first who waits. */
import type { Clock } from '../../chain/clock.ts'
import type { LockManagerLike } from '../leadership.ts'

/**
 * ms: a tab that has just been opened has more urgent things to load. No longer than that: where the one that leads ends before
 * the workers are at hand, what is under way waits for them.
 */
export const NEXT_AFTER_MS = 500

export interface NextInLineOptions {
  readonly lock: string
  readonly locks: LockManagerLike
  readonly clock: Clock
  /** Told once, after {@link NEXT_AFTER_MS} as the first who waits. */
  readonly onNext: () => void
}

/** @returns leaves the line; nothing is told after it */
export function standInNext({ lock, locks, clock, onNext }: NextInLineOptions): () => void {
  const left = new AbortController()
  let release = nothing
  let stopTimer = nothing
  const hold = (): Promise<void> => {
    if (left.signal.aborted) return Promise.resolve()
    stopTimer = clock.after(NEXT_AFTER_MS, onNext)
    return new Promise((resolve) => (release = resolve))
  }
  locks.request(lock, { signal: left.signal }, hold).catch(nothing)
  return () => {
    stopTimer()
    release()
    left.abort(new Error('this tab does not wait any more'))
  }
}

const nothing = (): void => undefined
