/** Files come back whole or not at all, and together stay below their bound. */
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DiskCache } from './disk-cache.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-cache-'))
})
afterEach(() => rm(folder, { recursive: true }))

const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value)

test('what was put is there, also for the next who opens the folder', async () => {
  const cache = await DiskCache.open(folder, 10_000)
  await cache.put('one', bytes(100))
  await cache.put('empty', bytes(0))
  expect(await cache.get('one')).toEqual(bytes(100))
  expect(await cache.get('two')).toBeUndefined()
  const next = await DiskCache.open(folder, 10_000)
  expect(await next.get('one')).toEqual(bytes(100))
  expect(await next.get('empty')).toEqual(bytes(0))
  expect(next.bytes).toBe(164)
})

test('the least recently used go first, and nothing larger than the bound is kept', async () => {
  const cache = await DiskCache.open(folder, 400)
  await cache.put('a', bytes(100))
  await cache.put('b', bytes(100))
  await cache.put('c', bytes(100))
  await cache.get('a')
  await cache.put('d', bytes(100))
  await cache.put('huge', bytes(500))
  expect(await cache.get('b')).toBeUndefined()
  expect(await Promise.all(['a', 'c', 'd'].map(async (name) => (await cache.get(name))?.length))).toEqual([
    100, 100, 100,
  ])
  expect((await readdir(folder)).sort()).toEqual(['v2-a', 'v2-c', 'v2-d'])
  expect((await DiskCache.open(folder, 200)).bytes).toBe(132)
})

test('replacing a file counts it once', async () => {
  const cache = await DiskCache.open(folder, 1_000)
  await cache.put('a', bytes(100))
  await cache.put('a', bytes(50))
  expect(cache.bytes).toBe(82)
  expect(await cache.get('a')).toEqual(bytes(50))
})

test.each([
  [
    'a flipped bit',
    async (path: string) => {
      const file = await readFile(path)
      file[40]! ^= 1
      await writeFile(path, file)
    },
  ],
  ['a cut file', (path: string) => truncate(path, 60)],
  ['an empty file', (path: string) => truncate(path, 0)],
  ['a file that is gone', (path: string) => rm(path)],
])('%s is dropped', async (_, damage) => {
  const cache = await DiskCache.open(folder, 1_000)
  await cache.put('a', bytes(100))
  await damage(join(folder, 'v2-a'))
  expect(await cache.get('a')).toBeUndefined()
  expect(cache.bytes).toBe(0)
  await cache.put('a', bytes(100))
  expect(await cache.get('a')).toEqual(bytes(100))
})

test('names lead nowhere else, and what was left half written is removed', async () => {
  await writeFile(join(folder, 'a.1-0.tmp'), 'half')
  await writeFile(join(folder, 'NOTES'), 'somebody else’s')
  const cache = await DiskCache.open(folder, 1_000)
  expect(await readdir(folder)).toEqual(['NOTES'])
  await expect(cache.put('../a', bytes(1))).rejects.toThrow(RangeError)
  expect(await cache.get('../a')).toBeUndefined()
})

test('what an older version wrote is dropped', async () => {
  const old = `witness-${'5e'.repeat(32)}`
  await writeFile(join(folder, old), bytes(100))
  const cache = await DiskCache.open(folder, 1_000)
  expect(await readdir(folder)).toEqual([])
  expect(await cache.get(old)).toBeUndefined()
})

test('a folder that is gone keeps nothing and fails nobody', async () => {
  const cache = await DiskCache.open(join(folder, 'sub'), 1_000)
  await rm(join(folder, 'sub'), { recursive: true })
  await cache.put('a', bytes(10))
  expect(await cache.get('a')).toBeUndefined()
})
