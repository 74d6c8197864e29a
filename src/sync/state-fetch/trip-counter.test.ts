import { expect, test } from 'vitest'
import { TripCounter } from './trip-counter.ts'

const asked = (kind: string) => ({ kind, server: 'gateway.example', items: 1 })

test('requests that overlap are one trip; one that begins after another has ended is the next', () => {
  let now = 0
  const counter = new TripCounter(() => now)
  const first = counter.begin(asked('nodes'))
  const beside = counter.begin(asked('codes'))
  now = 100
  first({ bytes: 10, nodes: 2, codes: 0 })
  const second = counter.begin(asked('nodes'))
  now = 150
  beside({ bytes: 5, nodes: 0, codes: 1 })
  now = 200
  second({ bytes: 1, nodes: 1, codes: 0 })
  now = 1_000
  expect(counter.costs()).toEqual({
    ...{ roundTrips: 2, requests: 3, bytes: 16, nodesFetched: 3, codesFetched: 1, networkMs: 200 },
    bySource: {
      nodes: { requests: 2, nodes: 3, codes: 0, bytes: 11 },
      codes: { requests: 1, nodes: 0, codes: 1, bytes: 5 },
    },
  })
  const spans = counter.trace.spans().map(({ kind, trip, start, end, bytes }) => [kind, trip, start, end, bytes])
  expect(spans).toEqual([
    ['nodes', 1, 0, 100, 10],
    ['codes', 1, 0, 150, 5],
    ['nodes', 2, 100, 200, 1],
  ])
})
