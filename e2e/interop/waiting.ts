/** Waits for programs that say nothing when they are ready. */
import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { POLL_MS } from './limits.ts'

/** Something did not happen in time. */
export class WaitError extends Error {
  override name = 'WaitError'
}

/**
 * Asks until there is an answer. What the question throws counts as none yet.
 * @throws {WaitError} with the last reason when time is up
 */
export async function until<T>(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  question: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + limitMs
  let last: unknown
  while (Date.now() < end) {
    signal.throwIfAborted()
    try {
      const answer = await question()
      if (answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    await pause(POLL_MS, undefined, { signal })
  }
  const why = last === undefined ? '' : `; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`
  throw new WaitError(`${what}: not within ${limitMs / 1_000} s${why}`)
}

export const untilListening = (port: number, limitMs: number, signal: AbortSignal): Promise<true> =>
  until(`port ${port} listens`, limitMs, signal, async () => ((await isListening(port)) ? true : undefined))

/** A port that is taken would make a program die after it has said that it started, or make the test ask another one. */
export async function requireFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (!(await isFree(port))) throw new WaitError(`port ${port} is taken; end what listens there`)
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (listening: boolean) => () => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', end(true)).once('error', end(false))
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
