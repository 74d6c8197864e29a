import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BlockTrace } from '../../client/public-types.ts'
import { MAX_WATERFALL_ROWS } from '../limits.ts'
import { PENDING_BLOCK, TRACE, VERIFIED_BLOCK } from './fixtures.ts'
import { waterfall } from './waterfall.ts'

test('a verified block from its announcement to its record', () => {
  const { rows, totalMs } = waterfall(VERIFIED_BLOCK, TRACE, 9_999)
  expect(totalMs).toBe(340)
  expect(rows.map(({ label, detail, startMs, ms }) => [label, detail, startMs, ms])).toEqual([
    ['Body', 'fetched and decoded', 0, 40],
    ['Waiting', 'for its parent to be done', 40, 10],
    ['Paths', '2 requests, to 2 servers, for 42, 5.0 KiB', 60, 110],
    ['Execution', '6 transactions, 2 adopted', 180, 100],
    ['State root', undefined, 280, 20],
    ['Record', 'into the store', 300, 40],
  ])
})

test('what is under way goes on until now', () => {
  const { rows, totalMs } = waterfall(PENDING_BLOCK, undefined, 2_500)
  expect(rows).toEqual([
    expect.objectContaining({ label: 'Body', startMs: 0, ms: 500, isOpen: true, offset: 0, width: 1 }),
  ])
  expect(totalMs).toBe(500)
})

test('rows are bounded, lie within the whole, and lose no round', () => {
  const request = fc.record({
    kind: fc.constantFrom('nodes', 'paths', 'codes'),
    server: fc.constantFrom('a', 'b'),
    items: fc.nat(400),
    trip: fc.nat(200),
    start: fc.integer({ min: 1_000, max: 5_000 }),
    end: fc.option(fc.integer({ min: 5_000, max: 9_000 }), { nil: undefined }),
    bytes: fc.nat(),
    fetch: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 300 }), (requests) => {
      const trace: BlockTrace = { ...TRACE, requests }
      const { rows } = waterfall(VERIFIED_BLOCK, trace, 10_000)
      expect(rows.length).toBeLessThanOrEqual(MAX_WATERFALL_ROWS)
      for (const { offset, width } of rows) {
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset + width).toBeLessThanOrEqual(1 + 1e-9)
      }
      const rounds = new Set(requests.map(({ fetch, trip, kind }) => `${fetch} ${trip} ${kind}`)).size
      const more = rows.find(({ label }) => label.includes('more round'))
      const stages = 5
      // The body is fetched over the network, too.
      if (more === undefined) expect(rows).toHaveLength(rounds + stages)
      else expect(rows.length - 1 + Number.parseInt(more.label)).toBe(rounds + stages)
    }),
  )
})
