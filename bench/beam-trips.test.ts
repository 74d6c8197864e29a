import { expect, test } from 'vitest'
import { tripSpending } from './beam-trips.ts'

const span = (kind: string, trip: number, items: number, ms: number, fetch = 1) => ({
  ...{ kind, trip, items, fetch, server: 'one', start: 1_000 * trip, end: 1_000 * trip + ms, bytes: 0 },
})

test('trips are told by what was asked in them, and those that asked for little', () => {
  const requests = [
    span('paths', 1, 400, 120),
    span('accountCodes', 1, 2, 100),
    span('paths', 2, 3, 110),
    // Another fetch of the same block counts its own trips.
    span('paths', 2, 2, 100, 2),
    span('paths', 2, 2, 102, 2),
  ]
  expect(tripSpending({ requests })).toEqual({
    asked: {
      paths: { trips: 3, requests: 4, items: 407, meanMs: 108 },
      accountCodes: { trips: 1, requests: 1, items: 2, meanMs: 100 },
    },
    thin: 1,
  })
})

test('a block that asked for nothing spent nothing', () => {
  expect(tripSpending({ requests: [] })).toEqual({ asked: {}, thin: 0 })
})
