/** Never more than its bound, whatever is put in; the least recently used go first. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asHash } from '../../../src/chain/bytes.ts'
import { RecentItems } from './recent-items.ts'

const hash = (number: number) => asHash(new Uint8Array(32).fill(number))

test('is bounded, and has what was used last', () => {
  const steps = fc.array(fc.record({ put: fc.boolean(), key: fc.nat(20), size: fc.nat(500) }), { maxLength: 100 })
  fc.assert(
    fc.property(steps, (actions) => {
      const items = new RecentItems<Uint8Array>(2_000, ({ length }) => length)
      for (const { put, key, size } of actions) {
        if (!put) items.get(hash(key))
        else {
          const value = new Uint8Array(size)
          items.put(hash(key), value)
          expect(items.get(hash(key))).toBe(value)
        }
        expect(items.bytes).toBeLessThanOrEqual(2_000)
      }
    }),
  )
})

test('drops the least recently used, and keeps nothing larger than all', () => {
  const items = new RecentItems<string>(1_000, ({ length }) => length)
  items.put(hash(1), 'x'.repeat(200))
  items.put(hash(2), 'y'.repeat(200))
  items.get(hash(1))
  items.put(hash(3), 'z'.repeat(200))
  expect([1, 2, 3].map((number) => items.get(hash(number)) !== undefined)).toEqual([true, false, true])
  items.put(hash(4), 'w'.repeat(2_000))
  expect([items.get(hash(4)), items.bytes]).toEqual([undefined, 0])
})
