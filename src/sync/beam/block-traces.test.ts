import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { STATUS_BLOCKS } from '../import/constants.ts'
import { RequestTrace } from '../state-fetch/request-trace.ts'
import { BlockTraces } from './block-traces.ts'

const hash = (number: number) => asHash(new Uint8Array(32).fill(number))

function traced(...starts: readonly number[]): RequestTrace {
  const trace = new RequestTrace()
  for (const start of starts) trace.begin({ kind: 'nodes', server: 'a', items: 1 }, 1, start)(start + 1, 1)
  return trace
}

test('the requests of all fetches of a block are told in their order, each with its fetch', () => {
  const traces = new BlockTraces()
  traces.add(hash(1), traced(10, 30))
  traces.add(hash(1), traced(20))
  traces.add(hash(2), traced(5))
  const moments = [{ what: 'verified' as const, at: 40 }]
  const trace = traces.of(hash(1), moments)
  expect(trace.requests.map(({ start, fetch }) => [start, fetch])).toEqual([
    [10, 1],
    [20, 2],
    [30, 1],
  ])
  expect(trace).toMatchObject({ moments, untold: 0 })
})

test('of the newest blocks and of their newest fetches alone', () => {
  const traces = new BlockTraces()
  for (let block = 0; block <= STATUS_BLOCKS; block++) traces.add(hash(block), traced(block))
  expect(traces.of(hash(0), []).requests).toEqual([])
  for (let start = 100; start < 110; start++) traces.add(hash(1), traced(start))
  expect(traces.of(hash(1), []).requests.map(({ start }) => start)).toEqual([106, 107, 108, 109])
})
