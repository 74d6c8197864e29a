/** A signal that aborts when another does, or when time is up. */
import type { Clock } from '../../chain/clock.ts'

/** No answer within a time that we set. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

export interface BoundedSignal {
  readonly signal: AbortSignal
  /** From now on time is not up. */
  unbound(): void
  /** Aborts the signal too, so that nothing of what it was for stays open, and lets go of the other one. */
  end(): void
}

export function boundedSignal(outer: AbortSignal, clock: Clock, ms: number): BoundedSignal {
  const controller = new AbortController()
  const follow = () => controller.abort(outer.reason)
  const unbound = clock.after(ms, () => controller.abort(new DeadlineError(`no answer within ${ms / 1_000} s`)))
  const end = () => {
    unbound()
    outer.removeEventListener('abort', follow)
    controller.abort(new DOMException('over', 'AbortError'))
  }
  if (outer.aborted) follow()
  else outer.addEventListener('abort', follow, { once: true })
  return { signal: controller.signal, unbound, end }
}

/** Rejects with the signal's reason when it aborts first: some implementations of `fetch` do not look at their signal. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
