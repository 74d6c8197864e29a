/** A clock that stands still until a test moves it. */
import type { Clock } from '../chain/clock.ts'

interface Timer {
  /** Changes when the clock is set. */
  at: number
  readonly run: () => void
}

/** Always: timers run in the order of their times, those of one time in the order they were set. */
export class SimulatedClock implements Clock {
  /** In the order they were set. */
  private readonly timers = new Set<Timer>()

  /** @param time ms since 1970 */
  constructor(private time = 0) {}

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  /** Timers that have neither run nor been cancelled: what a closed thing must not leave behind. */
  get waiting(): number {
    return this.timers.size
  }

  /** Somebody sets it, forward or back: timers run no sooner and no later for that. */
  set(time: number): void {
    for (const timer of this.timers) timer.at += time - this.time
    this.time = time
  }

  /** Runs what is due in the next `ms` milliseconds; promises settle before the first, between any two and after the last. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    await settled()
    for (let timer = this.nextUntil(end); timer !== undefined; timer = this.nextUntil(end)) {
      this.time = Math.max(this.time, timer.at)
      this.timers.delete(timer)
      timer.run()
      await settled()
    }
    this.time = end
  }

  private nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer
    }
    return next
  }
}

/** Node runs an immediate after all promise callbacks, also those that they start: not a wait for time. */
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve))
