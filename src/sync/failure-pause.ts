/** How long a server is left alone after it failed. */
import type { Clock } from '../chain/clock.ts'
import { ANNOUNCED_PAUSE_MAX_MS, FAILURE_DELAY_MAX_MS, FAILURE_DELAY_MIN_MS } from './constants.ts'

/**
 * Always: the delay is within {@link FAILURE_DELAY_MIN_MS}..{@link FAILURE_DELAY_MAX_MS}, doubled by each failure and
 * halved by each success, so that a server that fails every other time stays slowed down. What fails during a pause was
 * sent before it and says nothing new: it doubles nothing. A pause is never shortened.
 */
export class FailurePause {
  private delayMs = FAILURE_DELAY_MIN_MS
  private pause: { readonly until: number; readonly cancel: () => void } | undefined

  /** @param onOver called at the end of each pause */
  constructor(
    private readonly clock: Clock,
    private readonly onOver: () => void,
  ) {}

  get active(): boolean {
    return this.pause !== undefined
  }

  fail(): void {
    if (this.active) return
    this.wait(this.delayMs)
    this.delayMs = Math.min(FAILURE_DELAY_MAX_MS, this.delayMs * 2)
  }

  /** The server asked to be left alone for so long, in ms; what it may ask for has a bound. */
  ask(ms: number): void {
    this.fail()
    this.wait(Math.min(ANNOUNCED_PAUSE_MAX_MS, ms))
  }

  /** The server has no such thing: leaves it alone for the shortest time, so that nobody asks for it in a tight loop. */
  breathe(): void {
    this.wait(FAILURE_DELAY_MIN_MS)
  }

  succeed(): void {
    this.delayMs = Math.max(FAILURE_DELAY_MIN_MS, this.delayMs / 2)
  }

  close(): void {
    this.pause?.cancel()
    this.pause = undefined
  }

  private wait(ms: number): void {
    const until = this.clock.now() + ms
    if (this.pause !== undefined && this.pause.until >= until) return
    this.pause?.cancel()
    const cancel = this.clock.after(ms, () => {
      this.pause = undefined
      this.onOver()
    })
    this.pause = { until, cancel }
  }
}
