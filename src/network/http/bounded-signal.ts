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
  let letGo: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else letGo = onAbort(signal, stop)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    letGo()
  }
}

/** Those that wait under a signal now. One question waits for hundreds of values at once: its signal has one listener for all. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/** Of a signal that has not aborted. @returns lets go of it; with the last one nothing listens to it */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const known = waiting.get(signal)
  const stops = known ?? new Set()
  stops.add(stop)
  if (known === undefined) {
    waiting.set(signal, stops)
    signal.addEventListener('abort', stopAll, { once: true })
  }
  return () => {
    stops.delete(stop)
    if (stops.size > 0 || waiting.get(signal) !== stops) return
    waiting.delete(signal)
    signal.removeEventListener('abort', stopAll)
  }
}

function stopAll({ target }: Event): void {
  const signal = target as AbortSignal
  const stops = waiting.get(signal) ?? []
  waiting.delete(signal)
  for (const stop of stops) stop()
}
