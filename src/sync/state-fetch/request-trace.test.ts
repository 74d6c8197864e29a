import { expect, test } from 'vitest'
import { MAX_TRACED_REQUESTS, RequestTrace } from './request-trace.ts'

const PATHS = { kind: 'paths', server: 'gateway.example', items: 12 }

test('a request is listed from when it goes out; when it is over, with what came', () => {
  const trace = new RequestTrace()
  const end = trace.begin(PATHS, 1, 1_000)
  expect(trace.spans()).toEqual([{ ...PATHS, trip: 1, start: 1_000, end: undefined, bytes: 0 }])
  end(1_100, 4_096)
  expect(trace.spans()).toEqual([{ ...PATHS, trip: 1, start: 1_000, end: 1_100, bytes: 4_096 }])
})

test('what is handed out does not change afterwards', () => {
  const trace = new RequestTrace()
  const end = trace.begin(PATHS, 1, 0)
  const [span] = trace.spans()
  end(5, 1)
  expect(span?.end).toBeUndefined()
})

test('more requests than are listed are counted', () => {
  const trace = new RequestTrace()
  for (let trip = 1; trip <= MAX_TRACED_REQUESTS + 3; trip++) trace.begin(PATHS, trip, trip)(trip + 1, 1)
  expect(trace.spans()).toHaveLength(MAX_TRACED_REQUESTS)
  expect(trace.spans().at(-1)?.trip).toBe(MAX_TRACED_REQUESTS)
  expect(trace.untold).toBe(3)
})
