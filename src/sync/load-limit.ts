/** How many requests of one class a server gets at once. */
import { PARALLEL_DOWN, PARALLEL_MAX, PARALLEL_MIN, PARALLEL_UP } from './constants.ts'

/**
 * Learns from answers and timeouts what a server can take.
 *
 * Always: {@link PARALLEL_MIN} <= learned limit <= {@link PARALLEL_MAX}; 0 <= late requests <= requests in flight. While a
 * request is late there is no room: what is lost already would only be joined by more.
 */
export class LoadLimit {
  private running = 0
  private overdue = 0
  private announced = Infinity

  constructor(private learned: number) {}

  get hasRoom(): boolean {
    return this.overdue === 0 && this.running < this.parallel
  }

  get inFlight(): number {
    return this.running
  }

  /** Requests at once, as learned and within what the server announced. */
  get parallel(): number {
    return Math.min(Math.floor(this.learned), this.announced)
  }

  /** What the server says it takes; 0 is none. */
  announce(parallel: number): void {
    this.announced = parallel
  }

  begin(): void {
    this.running += 1
  }

  /** A request in flight passed its soft timeout. */
  late(): void {
    this.overdue += 1
    this.learned = Math.max(PARALLEL_MIN, this.learned - PARALLEL_DOWN)
  }

  /** A request in flight was answered or failed. An answer in time at full load shows that there is room for more. */
  end(request: { readonly late: boolean; readonly answered: boolean }): void {
    const full = this.running >= this.parallel
    if (request.late) this.overdue -= 1
    else if (request.answered && full) this.learned = Math.min(PARALLEL_MAX, this.learned + PARALLEL_UP)
    this.running -= 1
  }
}
