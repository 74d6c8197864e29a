import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RangeLock } from './range-lock.ts'

test('gives out the first periods that nobody has been asked for', () => {
  const lock = new RangeLock()
  const window = { start: 10, end: 30, most: 8 }
  expect(lock.firstFree(window)).toEqual({ start: 10, count: 8 })
  lock.lock({ start: 10, count: 8 })
  const release = lock.lock({ start: 20, count: 2 })
  expect(lock.firstFree(window)).toEqual({ start: 18, count: 2 })
  lock.lock({ start: 18, count: 2 })
  expect(lock.firstFree(window)).toEqual({ start: 22, count: 8 })
  release()
  expect(lock.firstFree(window)).toEqual({ start: 20, count: 8 })
  expect(lock.firstFree(window, (period) => period > 23)).toEqual({ start: 24, count: 6 })
  expect(lock.firstFree({ ...window, end: 20 })).toBeUndefined()
})

test('a range that was locked twice is free after both are released, whoever releases how often', () => {
  const ranges = fc.array(fc.record({ start: fc.nat(30), count: fc.integer({ min: 1, max: 8 }), times: fc.nat(2) }))
  fc.assert(
    fc.property(ranges, (all) => {
      const lock = new RangeLock()
      const held = all.map((range) => ({ range, release: lock.lock(range) }))
      for (const [i, { release }] of held.entries()) for (let time = 0; time < all[i]!.times; time++) release()
      const kept = all.filter(({ times }) => times === 0)
      for (let period = 0; period < 40; period++) {
        expect(lock.isLocked(period)).toBe(kept.some(({ start, count }) => period >= start && period < start + count))
      }
    }),
  )
})
