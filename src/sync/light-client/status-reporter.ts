/** Tells the status when something in it may have changed: after turns of other modules, and as time passes. */
import type { Clock } from '../../chain/clock.ts'
import type { Module } from '../module.ts'
import type { Signal } from '../signal.ts'

/** Least ms between two tellings: ten a second look live, and a burst of events costs one message. */
export const STATUS_INTERVAL_MS = 100

export interface StatusReporterOptions {
  readonly clock: Clock
  /** Whatever changes the status without an event of a server. */
  readonly triggers: readonly Signal[]
  /** ms after which the status is told again though nothing happened: slots pass, heads grow old. */
  readonly refreshMs: number
  readonly tell: () => void
}

/** The last module of the list, so that it tells what the round came to. Leaves one timer, until {@link close}. */
export class StatusReporter implements Module {
  readonly name = 'status'
  readonly triggers: readonly Signal[]
  private cancel: () => void
  private isWaiting = false
  private lastTold = -Infinity

  constructor(private readonly options: StatusReporterOptions) {
    this.triggers = options.triggers
    this.cancel = options.clock.after(options.refreshMs, () => this.tell())
  }

  process(): void {
    if (this.isWaiting) return
    this.isWaiting = true
    this.cancel()
    // The clock may be set back, which must not silence it.
    const since = Math.abs(this.options.clock.now() - this.lastTold)
    this.cancel = this.options.clock.after(Math.max(0, STATUS_INTERVAL_MS - since), () => this.tell())
  }

  close(): void {
    this.cancel()
    this.isWaiting = true
  }

  private tell(): void {
    this.isWaiting = false
    this.lastTold = this.options.clock.now()
    this.cancel = this.options.clock.after(this.options.refreshMs, () => this.tell())
    this.options.tell()
  }
}
