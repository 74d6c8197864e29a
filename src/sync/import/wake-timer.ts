/** One timer for whatever is due first. */
import type { Clock } from '../../chain/clock.ts'

/** Always: at most one timer is set, for the earliest time asked for since the last one ran. */
export class WakeTimer {
  private next: { readonly at: number; readonly cancel: () => void } | undefined

  constructor(
    private readonly clock: Clock,
    private readonly run: () => void,
  ) {}

  /** @param at ms since 1970; what lies in the past is run in a moment, never within this call */
  wakeAt(at: number): void {
    if (this.next !== undefined && this.next.at <= at) return
    this.close()
    const cancel = this.clock.after(Math.max(1, at - this.clock.now()), () => {
      this.next = undefined
      this.run()
    })
    this.next = { at, cancel }
  }

  close(): void {
    this.next?.cancel()
    this.next = undefined
  }
}
