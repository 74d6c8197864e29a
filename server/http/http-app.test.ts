/** What a server's log is told of requests that are refused, and of those that fail. */
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { createHttpApp } from './http-app.ts'
import { HttpError } from './http-error.ts'
import { DEFAULT_HTTP_LIMITS } from './http-limits.ts'

/** pino's own numbers. */
const [WARNING, ERROR] = [40, 50]

test('refusals are warned of once a second, without a stack; failures each time, with it', async () => {
  const clock = new SimulatedClock(1_000_000)
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) })
  const app = createHttpApp({ limits: DEFAULT_HTTP_LIMITS, clock, log, routeNames: () => undefined })
  app.get('/full', () => {
    throw new HttpError(503, '64 event streams are open already')
  })
  app.get('/broken', () => {
    throw new TypeError('undefined is no function')
  })
  for (let i = 0; i < 20; i++) expect((await app.inject('/full')).statusCode).toBe(503)
  await clock.advance(1_000)
  await app.inject('/full')
  for (let i = 0; i < 2; i++) expect((await app.inject('/broken')).statusCode).toBe(500)
  const reason = '64 event streams are open already'
  expect(lines).toEqual([
    expect.objectContaining({ level: WARNING, reason, url: '/full', requests: 1 }),
    expect.objectContaining({ level: WARNING, reason, url: '/full', requests: 20 }),
    ...Array<unknown>(2).fill(expect.objectContaining({ level: ERROR, url: '/broken' })),
  ])
  expect(lines.map((line) => 'err' in line)).toEqual([false, false, true, true])
  await app.close()
})
