/** A promise with an end: its result, its failure, its limit of time, or nothing at all once it is cancelled. */
import type { Clock } from '../../chain/clock.ts'

export class LateError extends Error {
  override name = 'LateError'
}

export type TimedResult<T> = { readonly value: T } | { readonly error: unknown }

export interface TimedTask {
  /** Its end is not told any more. */
  cancel(): void
}

export interface TimedOptions<T> {
  readonly clock: Clock
  readonly limitMs: number
  readonly run: (signal: AbortSignal) => Promise<T>
  /** Told once, unless cancelled; never before {@link startTimed} returns. */
  readonly onEnd: (result: TimedResult<T>) => void
}

export function startTimed<T>({ clock, limitMs, run, onEnd }: TimedOptions<T>): TimedTask {
  const controller = new AbortController()
  let isOver = false
  const close = () => {
    isOver = true
    stopTimer()
    controller.abort()
  }
  const end = (result: TimedResult<T>) => {
    if (isOver) return
    close()
    onEnd(result)
  }
  const stopTimer = clock.after(limitMs, () => end({ error: new LateError(`no answer in ${limitMs} ms`) }))
  void Promise.resolve()
    .then(() => run(controller.signal))
    .then(
      (value) => end({ value }),
      (error: unknown) => end({ error }),
    )
  return { cancel: close }
}
