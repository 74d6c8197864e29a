/** The jobs of an EVM worker: by name, so that whoever began one can end it; and what a session's jobs have in common. */
import type { Pace } from '../pace.ts'
import type { JobTicket } from './evm-messages.ts'
import { SlicedJob } from './sliced-job.ts'
import type { TimeSlices } from './time-slices.ts'

/** Always: holds what has begun and has not ended. */
export class EvmJobs {
  private readonly named = new Map<number, SlicedJob>()

  constructor(private readonly slices: TimeSlices) {}

  /** A job without a ticket is nobody's to cancel, and done as if a block waited for it. @throws {Error} for a name that is taken */
  begin(ticket: JobTicket | undefined): SlicedJob {
    if (ticket === undefined) return new SlicedJob(this.slices, 'import')
    const { name, kind } = ticket
    if (this.named.has(name)) throw new Error(`job ${name} is under way already; give this one another name`)
    const job = new SlicedJob(this.slices, kind)
    this.named.set(name, job)
    return job
  }

  end(ticket: JobTicket | undefined): void {
    if (ticket !== undefined) this.named.delete(ticket.name)
  }

  cancel(name: number): void {
    this.named.get(name)?.cancel()
  }
}

/** The jobs of one session, which are done one after another. */
export class SessionJobs implements Pace {
  private readonly open = new Set<SlicedJob>()
  private workedBefore = 0
  /** Settles when all jobs so far are done. */
  private turn: Promise<unknown> = Promise.resolve()
  private isClosed = false

  /** @param current what opens the session */
  constructor(private current: SlicedJob) {
    this.open.add(current)
  }

  /** After the jobs that came before, whatever became of them. */
  run<T>(job: SlicedJob, work: () => T | Promise<T>): Promise<T> {
    this.open.add(job)
    if (this.isClosed) job.cancel()
    const done = this.turn.then(() => {
      this.workedBefore = this.worked()
      this.current = job
      return job.run(work)
    })
    this.turn = done.catch(() => undefined).finally(() => this.open.delete(job))
    return done
  }

  pause(): Promise<void> | undefined {
    return this.current.pause()
  }

  /** ms of computing so far, whatever others did meanwhile: bounds on a session's work are in these. */
  worked(): number {
    return this.workedBefore + this.current.worked()
  }

  /** Ends what is under way, and what waits. */
  close(): void {
    this.isClosed = true
    for (const job of this.open) job.cancel()
  }
}
