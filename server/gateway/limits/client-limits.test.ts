import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { ClientLimits } from './client-limits.ts'

const clock = new SimulatedClock(1_000_000)

test('a client may burst, then goes on at its pace, whatever others do', async () => {
  const limits = new ClientLimits(clock, { requestsPerSecond: 10, concurrentRequests: 100 })
  const admitted = (client: string, of: number) =>
    Array.from({ length: of }, () => limits.admit(client, 'no place')).filter(({ kind }) => kind === 'admitted').length
  expect(admitted('a', 50)).toBe(20)
  expect(admitted('b', 5)).toBe(5)
  await clock.advance(500)
  expect(admitted('a', 50)).toBe(5)
  expect(limits.admit('a', 'no place')).toMatchObject({ kind: 'refused', retryAfterSeconds: 1 })
  await clock.advance(60_000)
  expect(admitted('a', 50)).toBe(20)
})

test('requests under way are bounded, and end', () => {
  const limits = new ClientLimits(clock, { requestsPerSecond: 1_000, concurrentRequests: 3 })
  const kinds = () => limits.admit('a', 'place').kind
  expect([kinds(), kinds(), kinds(), kinds()]).toEqual(['admitted', 'admitted', 'admitted', 'refused'])
  expect(limits.admit('a', 'no place').kind).toBe('admitted')
  limits.end('a')
  expect([kinds(), kinds()]).toEqual(['admitted', 'refused'])
})

test('who comes from ever new addresses makes it hold no more', () => {
  const limits = new ClientLimits(clock, { requestsPerSecond: 1, concurrentRequests: 1 })
  for (let i = 0; i < 10_000; i++) limits.admit(`client ${i}`, 'place')
  expect(limits.clients).toBeLessThanOrEqual(4_096)
})
