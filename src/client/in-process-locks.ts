/**
 * Locks within one process, for Node, which has none of its own: several clients of a process then take turns as tabs
 * do. Exclusive, first come first served; what the Web Locks specification says of `ifAvailable` and `signal` holds.
 */
import type { LockManagerLike } from './leadership.ts'

interface Waiting {
  readonly grant: () => void
}

export function createInProcessLocks(): LockManagerLike {
  /** Who waits for each lock that is held. */
  const held = new Map<string, Set<Waiting>>()

  function letGo(name: string): void {
    const line = held.get(name)
    const next = line?.values().next().value
    if (line === undefined || next === undefined) {
      held.delete(name)
      return
    }
    line.delete(next)
    next.grant()
  }

  /** Resolves when the lock is ours; rejects with the signal's reason, having left the line. */
  function stepIntoLine(line: Set<Waiting>, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.delete(waiting)
        reject(reasonOf(signal))
      }
      const waiting = {
        grant: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      line.add(waiting)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  return {
    async request(name, { ifAvailable = false, signal }, granted) {
      // As in a browser, nothing is granted before the caller has gone on.
      await Promise.resolve()
      if (signal?.aborted) throw reasonOf(signal)
      const line = held.get(name)
      if (line === undefined) held.set(name, new Set())
      else if (ifAvailable) return granted(null)
      else await stepIntoLine(line, signal)
      try {
        return await granted({ name })
      } finally {
        letGo(name)
      }
    },
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error(`aborted: ${String(reason)}`)
}
