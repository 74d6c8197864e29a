/** Requests to one upstream, so many at a time: a gateway's clients together must not be more than it bears. */
import type { HttpTransport } from '../../../src/network/http/transport.ts'

/** Of one upstream: as many as two browsers open to one server. */
const PARALLEL = 12

/** That wait for their turn. At some ten ms each they are served within a second; more than that is a flood. */
const MAX_WAITING = 1_024

/** Fails as a connection that could not be made. */
class TooManyRequestsError extends Error {
  override name = 'TooManyRequestsError'
}

/** Always: at most {@link PARALLEL} requests are under way, from sending to the head of the answer. */
export function limitedTransport(inner: HttpTransport): HttpTransport {
  const waiting: (() => void)[] = []
  let running = 0
  const turn = (): Promise<void> => {
    if (running < PARALLEL) {
      running += 1
      return Promise.resolve()
    }
    if (waiting.length >= MAX_WAITING)
      return Promise.reject(new TooManyRequestsError(`${MAX_WAITING} requests wait for it already`))
    return new Promise((resolve) => waiting.push(resolve))
  }
  const end = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
  const fetch: HttpTransport['fetch'] = async (url, init) => {
    await turn()
    try {
      return await inner.fetch(url, init)
    } finally {
      end()
    }
  }
  return { ...inner, fetch }
}
