/** Waiting for a while, by a clock that tests own. */
import type { Clock } from '../chain/clock.ts'
import { onAbort } from './http/bounded-signal.ts'

/** Resolves after so many ms, or when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      cancel()
      letGo()
      resolve()
    }
    const cancel = clock.after(ms, end)
    const letGo = onAbort(signal, end)
  })
}
