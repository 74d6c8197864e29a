import { expect, test } from 'vitest'
import { ByteBoundedCache } from './byte-bounded-cache.ts'

const alive = (): AbortSignal => new AbortController().signal
const sizeOf = (text: string): number => text.length

/** Makes that end when they are told to. */
function slowMaker() {
  const under: { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void }[] = []
  const make = () => new Promise<string>((resolve, reject) => void under.push({ resolve, reject }))
  return { under, making: { make, sizeOf } }
}

test('it is made once for all who ask meanwhile, and kept', async () => {
  const cache = new ByteBoundedCache<string>(100)
  const { under, making } = slowMaker()
  const asked = [1, 2, 3].map(() => cache.get('a', alive(), making))
  under[0]!.resolve('one')
  expect(await Promise.all(asked)).toEqual(['one', 'one', 'one'])
  expect(await cache.get('a', alive(), making)).toBe('one')
  expect(under.length).toBe(1)
})

test('whoever gives up leaves the others one that makes it anew for all', async () => {
  const cache = new ByteBoundedCache<string>(100)
  const { under, making } = slowMaker()
  const first = new AbortController()
  const given = cache.get('a', first.signal, making)
  const others = Array.from({ length: 500 }, () => cache.get('a', alive(), making))
  first.abort(new Error('given up'))
  under[0]!.reject(new Error('given up'))
  await expect(given).rejects.toThrow('given up')
  while (under.length < 2) await Promise.resolve()
  under[1]!.resolve('two')
  expect(new Set(await Promise.all(others))).toEqual(new Set(['two']))
  expect(under.length).toBe(2)
})

test('a failure is everybody’s, and the next asks anew', async () => {
  const cache = new ByteBoundedCache<string>(100)
  const { under, making } = slowMaker()
  const asked = [1, 2].map(() => cache.get('a', alive(), making))
  under[0]!.reject(new Error('nobody has it'))
  for (const one of asked) await expect(one).rejects.toThrow('nobody has it')
  const again = cache.get('a', alive(), making)
  under[1]!.resolve('at last')
  expect(await again).toBe('at last')
})

test('the least recently used goes first', async () => {
  const cache = new ByteBoundedCache<string>(10)
  const keep = (key: string) => cache.get(key, alive(), { make: async () => key.repeat(4), sizeOf })
  await keep('a')
  await keep('b')
  await keep('a')
  await keep('c')
  expect(['a', 'b', 'c'].map((key) => cache.has(key))).toEqual([true, false, true])
})
