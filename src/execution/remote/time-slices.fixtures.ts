/** A thread of which time passes only where a job says that it computes. */
import { SlicedJob } from './sliced-job.ts'
import { TimeSlices, type JobKind } from './time-slices.ts'

export interface SimulatedThread {
  readonly slices: TimeSlices
  now(): number
  /** Times that it has heard messages. */
  heard(): number
  /** To be done when the thread hears its messages at that time or later, once. */
  message(at: number, handle: () => void): void
  /** Begins a job that computes for so long, a millisecond at a time; tells when it is done. */
  compute(kind: JobKind, ms: number): SimulatedJob
}

export interface SimulatedJob {
  readonly job: SlicedJob
  readonly done: Promise<'done' | Error>
  /** When each of its milliseconds began. */
  readonly times: readonly number[]
}

export function simulatedThread(): SimulatedThread {
  let time = 0
  let hearings = 0
  const messages: { readonly at: number; readonly handle: () => void }[] = []
  const slices = new TimeSlices({
    now: () => time,
    hearMessages: async () => {
      hearings += 1
      const due = messages.filter(({ at }) => at <= time)
      for (const message of due) {
        messages.splice(messages.indexOf(message), 1)
        message.handle()
      }
    },
  })
  return {
    ...{ slices, now: () => time, heard: () => hearings },
    message: (at, handle) => void messages.push({ at, handle }),
    compute(kind, ms) {
      const job = new SlicedJob(slices, kind)
      const times: number[] = []
      const run = job.run(async () => {
        while (times.length < ms) {
          await job.pause()
          times.push(time)
          time += 1
        }
      })
      const done = run.then(
        () => 'done' as const,
        (error: unknown) => error as Error,
      )
      return { job, done, times }
    },
  }
}
