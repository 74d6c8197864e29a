import { expect, test } from 'vitest'
import { PageCache } from './page-cache.ts'

test('keeps what was used last, within its bound', () => {
  const cache = new PageCache(100)
  const pages = [1, 2, 3].map((fill) => new Uint8Array(40).fill(fill))
  cache.set(1, pages[0]!)
  cache.set(2, pages[1]!)
  expect(cache.get(1)).toBe(pages[0])
  cache.set(3, pages[2]!)
  expect([1, 2, 3].map((id) => cache.get(id) !== undefined)).toEqual([true, false, true])
})

test('replaces a page without counting it twice, and does not keep what is larger than itself', () => {
  const cache = new PageCache(100)
  for (let length = 10; length <= 60; length++) cache.set(1, new Uint8Array(length))
  cache.set(2, new Uint8Array(40))
  expect(cache.get(1)).toHaveLength(60)
  cache.set(1, new Uint8Array(101))
  expect(cache.get(1)).toBeUndefined()
  expect(cache.get(2)).toHaveLength(40)
})
