import { expect, test } from 'vitest'
import { loadOnce } from './load-once.ts'

test('all who ask share one load', async () => {
  let loads = 0
  const load = loadOnce(() => Promise.resolve(++loads))
  expect(await Promise.all([load(), load()])).toEqual([1, 1])
  expect(await load()).toBe(1)
})

test('a failed load fails for all who waited, and is tried again by the next', async () => {
  let loads = 0
  const load = loadOnce(() => (++loads === 1 ? Promise.reject(new Error('offline')) : Promise.resolve(loads)))
  const first = [load(), load()]
  for (const waiting of first) await expect(waiting).rejects.toThrow('offline')
  expect(await load()).toBe(2)
})
