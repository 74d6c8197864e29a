/** Work done one piece after another, with a bound on how much may wait. */
import { ClosedError, QueueFullError } from './errors.ts'

/** Jobs that may wait; a witness is up to 30 MB, and they are held in memory. */
const MAX_WAITING = 64

/** Always: at most one job runs; jobs run in the order they came; after {@link close} none begins. */
export class JobQueue {
  private last: Promise<unknown> = Promise.resolve()
  private waiting = 0
  private closed = false

  /**
   * @throws {ClosedError} @throws {QueueFullError} @throws the signal's reason when aborted before or while it runs: what has
   * begun still ends, its result is dropped
   */
  async run<T>(job: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.closed) throw new ClosedError()
    signal?.throwIfAborted()
    if (this.waiting >= MAX_WAITING)
      throw new QueueFullError(`${this.waiting} pieces of work wait already; at most ${MAX_WAITING}`)
    this.waiting += 1
    const turn = this.last.then(() => this.begin(job, signal))
    this.last = turn.catch(() => undefined)
    return signal === undefined ? turn : orAborted(turn, signal)
  }

  close(): void {
    this.closed = true
  }

  private begin<T>(job: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.waiting -= 1
    if (this.closed) throw new ClosedError()
    signal?.throwIfAborted()
    return job()
  }
}

/** Listens to the signal for no longer than the work takes. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
    work.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject)
  })
}
