/** Tells the status when something in it may have changed, at most ten times a second. */
import type { Clock } from '../../chain/clock.ts'
import { STATUS_INTERVAL_MS } from './constants.ts'

/**
 * Always: two tellings are at least {@link STATUS_INTERVAL_MS} apart, and one comes after every {@link changed}; none after
 * {@link close}.
 */
export class ImportReporter {
  private cancel: (() => void) | undefined
  private lastTold = -Infinity
  private isClosed = false

  constructor(
    private readonly clock: Clock,
    private readonly tell: () => void,
  ) {}

  /** Never tells within this call. */
  changed(): void {
    if (this.cancel !== undefined || this.isClosed) return
    // The clock may be set back, which must not silence it.
    const since = Math.abs(this.clock.now() - this.lastTold)
    this.cancel = this.clock.after(Math.max(0, STATUS_INTERVAL_MS - since), () => {
      this.cancel = undefined
      this.lastTold = this.clock.now()
      this.tell()
    })
  }

  close(): void {
    this.isClosed = true
    this.cancel?.()
  }
}
