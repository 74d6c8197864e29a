import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import type { ServerHandle } from '../environment.ts'
import { OtherPeriodsError, RefusedUpdateError, updateBatch } from './update-batch.ts'
import { UpdateQueue } from './update-queue.ts'

const MOST_BATCHES = 32
const server: ServerHandle = {
  name: 'node',
  capabilities: {},
  quality: { availability: 1, verification: 1 },
  lastError: undefined,
}
let fixture: LightClientFixture
let update: LightClientUpdate

beforeAll(async () => {
  fixture = await LightClientFixture.load()
  update = fixture.update({ attestedSlot: 5 * PERIOD + 20 })
})

/** The queue never looks into an update. */
const updates = (count: number) => Array.from({ length: count }, () => update)

test('hands updates out in the order of their periods, and no further than they may be proven', () => {
  const queue = new UpdateQueue()
  const released: string[] = []
  const put = (name: string, start: number, count: number) =>
    queue.put({ server, purpose: 'extend', release: () => released.push(name) }, { start, updates: updates(count) })
  put('second', 13, 3)
  put('first', 10, 3)
  expect(queue.take(9, 8)).toBeUndefined()
  expect(queue.take(10, 2)).toMatchObject({ start: 10, rest: 'more' })
  expect(queue.has(11)).toBe(false)
  expect(queue.take(12, 8)).toMatchObject({ start: 12, rest: 'none' })
  expect(released).toEqual(['first'])
  expect(queue.take(13, 8)?.updates).toHaveLength(3)
  expect(released).toEqual(['first', 'second'])
})

test('keeps a bounded number of batches, the nearest ones, and releases each that leaves', () => {
  const starts = fc.array(fc.nat(500), { maxLength: 60 })
  fc.assert(
    fc.property(starts, (all) => {
      const queue = new UpdateQueue()
      let held = 0
      for (const start of all) {
        held += 1
        let isHeld = true
        const release = () => {
          if (isHeld) held -= 1
          isHeld = false
        }
        queue.put({ server, purpose: 'extend', release }, { start, updates: updates(2) })
        expect(held).toBeLessThanOrEqual(MOST_BATCHES)
      }
      const order: number[] = []
      for (let next = queue.take(501, 8); next !== undefined; next = queue.take(501, 8)) order.push(next.start)
      expect(order).toEqual(all.toSorted((a, b) => a - b).slice(0, MOST_BATCHES))
      expect(held).toBe(0)
    }),
  )
})

test('an answer is of the periods asked, in a row, or refused by name', () => {
  const { preset } = fixture.network
  const of = (period: number) =>
    ({ kind: 'update', update: fixture.update({ attestedSlot: period * PERIOD + 20 }) }) as const
  const batch = (...periods: number[]) => updateBatch(preset, 'node', { start: 5, count: 3 }, periods.map(of))
  expect(batch()).toBeUndefined()
  expect(batch(5, 6, 7)?.start).toBe(5)
  expect(batch(6, 7)?.start).toBe(6)
  expect(batch(5)?.updates).toHaveLength(1)
  for (const others of [
    [4, 5],
    [7, 8],
    [5, 7],
    [6, 5],
    [5, 5],
  ])
    expect(() => batch(...others)).toThrow(OtherPeriodsError)
  expect(() => batch(9)).toThrow('node was asked for the updates of periods 5 to 7, but those of 9 came')
  const error = new DecodeError('truncated', 'update 1', 'ends after 3 bytes')
  const malformed = () => updateBatch(preset, 'node', { start: 5, count: 3 }, [of(5), { kind: 'malformed', error }])
  expect(malformed).toThrow(RefusedUpdateError)
  expect(malformed).toThrow('the update of period 6 from node is refused: update 1: ends after 3 bytes')
})
