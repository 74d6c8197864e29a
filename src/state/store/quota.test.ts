import { expect, test } from 'vitest'
import { DEFAULT_MAX_BYTES, MIN_MAX_BYTES } from './limits.ts'
import { type StorageLike, withinQuota } from './quota.ts'

const granting = (quota: number): StorageLike => ({ estimate: async () => ({ quota }) })

test.each<[string, StorageLike | undefined, number]>([
  ['plenty', granting(10 * 2 ** 30), DEFAULT_MAX_BYTES],
  ['little', granting(300_000_001), 150_000_000],
  ['nothing', granting(0), MIN_MAX_BYTES],
  ['no word', { estimate: async () => ({}) }, DEFAULT_MAX_BYTES],
  ['an error', { estimate: () => Promise.reject(new Error('no')) }, DEFAULT_MAX_BYTES],
  ['silence', { estimate: () => new Promise(() => undefined) }, DEFAULT_MAX_BYTES],
  ['no way to ask', undefined, DEFAULT_MAX_BYTES],
])('a browser that grants %s', async (_, storage, expected) => {
  expect(await withinQuota(DEFAULT_MAX_BYTES, storage, 5)).toBe(expected)
})
