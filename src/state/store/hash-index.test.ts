import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashIndex, type Location } from './hash-index.ts'

/** Hashes whose first words often collide modulo the table's size. */
const hash = fc.tuple(fc.nat(40), fc.constantFrom(0, 1024, 4096, 0xfffffc00)).map(([low, high]) => {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, low + high)
  bytes[31] = low
  return bytes
})
const location = fc.record({
  page: fc.integer({ min: 1, max: 6 }),
  offset: fc.nat(0xffffffff),
  length: fc.nat((1 << 24) - 1),
  tag: fc.nat(255),
})

test('answers as a map does', () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), hash, location }),
    fc.record({ kind: fc.constant('delete' as const), hash }),
    fc.record({ kind: fc.constant('deletePages' as const), pages: fc.uniqueArray(fc.integer({ min: 1, max: 6 })) }),
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), fc.array(hash), (operations, questions) => {
      const index = new HashIndex()
      const model = new Map<string, Location>()
      for (const step of operations) {
        if (step.kind === 'set') {
          index.set(step.hash, step.location)
          model.set(step.hash.join(), step.location)
        } else if (step.kind === 'delete') {
          expect(index.delete(step.hash)).toEqual(model.get(step.hash.join()))
          model.delete(step.hash.join())
        } else {
          const gone = [...model].filter(([, { page }]) => step.pages.includes(page))
          expect(index.deletePages(new Set(step.pages))).toHaveLength(gone.length)
          for (const [key] of gone) model.delete(key)
        }
      }
      expect(index.size).toBe(model.size)
      for (const question of questions) expect(index.find(question)).toEqual(model.get(question.join()))
    }),
  )
})

test('grows, and stays small where contents come and go', () => {
  const index = new HashIndex()
  const nth = (n: number) => {
    const bytes = new Uint8Array(32)
    new DataView(bytes.buffer).setUint32(0, Math.imul(n, 0x9e3779b1) >>> 0)
    new DataView(bytes.buffer).setUint32(4, n)
    return bytes
  }
  for (let n = 0; n < 50_000; n++) {
    index.set(nth(n), { page: 1 + (n >> 8), offset: n, length: 3, tag: 1 })
    if (n >= 5_000) expect(index.delete(nth(n - 5_000))?.offset).toBe(n - 5_000)
  }
  expect(index.size).toBe(5_000)
  expect(index.find(nth(44_999))).toBeUndefined()
  expect(index.find(nth(45_000))).toEqual({ page: 1 + (45_000 >> 8), offset: 45_000, length: 3, tag: 1 })
})
