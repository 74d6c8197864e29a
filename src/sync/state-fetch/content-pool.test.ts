/** Contents that several blocks want: fetched once, shared, cancelled by block, bounded. */
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import { ContentPool, PoolFullError, type ContentOwner, type HaulCall, type Wanted } from './content-pool.ts'
import type { Purpose } from './work.ts'

const keccak = await loadKeccak()
const content = (at: number, length = 40): HashedBytes => {
  const bytes = new Uint8Array(length).fill(at)
  return { hash: asHash(keccak(bytes)), bytes }
}
const wanted = (...contents: readonly HashedBytes[]): Wanted[] => contents.map(({ hash }) => ({ kind: 'node', hash }))

function owner(purpose: Purpose = 'sync') {
  const abort = new AbortController()
  const found: string[] = []
  const self: ContentOwner = {
    purpose,
    signal: abort.signal,
    onFound: ({ bytes }, from) => void found.push(`${bytes[0]} from ${from}`),
  }
  return { self, abort, found }
}

/** Hauls that wait until a test lands them. */
function hauls() {
  const begun: { readonly count: number; readonly signal: AbortSignal; readonly land: () => void; raised: number }[] =
    []
  const haul = (fresh: readonly Wanted[], { signal, onRaise }: HaulCall) =>
    new Promise<void>((resolve) => {
      const one = { count: fresh.length, signal, land: resolve, raised: 0 }
      onRaise(() => void one.raised++)
      begun.push(one)
    })
  return { begun, haul }
}

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve))

test('what two blocks want is fetched once, and each gets it', async () => {
  const pool = new ContentPool()
  const [one, two] = [owner(), owner()]
  const { begun, haul } = hauls()
  const [a, b, c] = [content(1), content(2), content(3)]
  const first = pool.fetch(wanted(a, b), one.self, haul)
  const second = pool.fetch(wanted(b, c), two.self, haul)
  await settled()
  expect(begun.map(({ count }) => count)).toEqual([2, 1])
  pool.admit([a, b, c])
  for (const { land } of begun) land()
  expect(await first).toEqual({ shared: 0 })
  expect(await second).toEqual({ shared: 1 })
  expect(one.found).toEqual(['1 from network', '2 from network'])
  expect(two.found).toEqual(['2 from network', '3 from network'])
  const again = owner()
  await pool.fetch(wanted(a), again.self, haul)
  expect(again.found).toEqual(['1 from memory'])
  expect(pool.stats()).toMatchObject({ inFlight: 0, hits: { memory: 1, shared: 1, network: 3 } })
})

test('the store is asked before the network, once for all that is wanted', async () => {
  const [a, b] = [content(1), content(2)]
  const asked: number[] = []
  const store = {
    getNodes: async (hashes: readonly unknown[]) => {
      asked.push(hashes.length)
      return hashes.map((hash) => (String(hash) === String(a.hash) ? a.bytes : undefined))
    },
    getCodes: async () => [],
  }
  const pool = new ContentPool({ store })
  const { self, found } = owner()
  const fresh: number[] = []
  await pool.fetch(wanted(a, b), self, async (missing) => {
    fresh.push(missing.length)
    pool.admit([b])
  })
  expect(asked).toEqual([2])
  expect(fresh).toEqual([1])
  expect(found).toEqual(['1 from store', '2 from network'])
})

test('a block that is cancelled ends at once; what another waits for goes on', async () => {
  const pool = new ContentPool()
  const [one, two] = [owner(), owner()]
  const { begun, haul } = hauls()
  const [a, b] = [content(1), content(2)]
  const first = pool.fetch(wanted(a, b), one.self, haul)
  const second = pool.fetch(wanted(b), two.self, haul)
  await settled()
  one.abort.abort(new Error('pivot'))
  pool.cancel(one.self)
  await expect(first).rejects.toThrow('pivot')
  expect(begun[0]!.signal.aborted).toBe(false)
  pool.admit([b])
  expect(await second).toEqual({ shared: 1 })
  expect(one.found).toEqual([])
  begun[0]!.land()
  await settled()
  expect(pool.stats().inFlight).toBe(0)
})

test('what nobody waits for any more is aborted, and can be fetched anew', async () => {
  const pool = new ContentPool()
  const [one, two] = [owner(), owner()]
  const { begun, haul } = hauls()
  const a = content(1)
  const first = pool.fetch(wanted(a), one.self, haul)
  await settled()
  one.abort.abort(new Error('pivot'))
  pool.cancel(one.self)
  await expect(first).rejects.toThrow('pivot')
  expect(begun[0]!.signal.aborted).toBe(true)
  begun[0]!.land()
  await settled()
  void pool.fetch(wanted(a), two.self, haul)
  await settled()
  expect(begun).toHaveLength(2)
  begun[1]!.land()
})

test('what is left of a haul is aborted with its block, though a part has come already', async () => {
  const pool = new ContentPool()
  const one = owner()
  const { begun, haul } = hauls()
  const [a, b] = [content(1), content(2)]
  const first = pool.fetch(wanted(a, b), one.self, haul)
  await settled()
  pool.admit([a])
  one.abort.abort(new Error('pivot'))
  pool.cancel(one.self)
  await expect(first).rejects.toThrow('pivot')
  expect(begun[0]!.signal.aborted).toBe(true)
  begun[0]!.land()
})

test('a haul that fails fails its own block alone; who shared it may fetch for itself', async () => {
  const pool = new ContentPool()
  const [one, two] = [owner(), owner()]
  const a = content(1)
  const first = pool.fetch(wanted(a), one.self, async () => {
    await settled()
    throw new Error('over the bound')
  })
  const second = pool.fetch(wanted(a), two.self, async () => undefined)
  await expect(first).rejects.toThrow('over the bound')
  expect(await second).toEqual({ shared: 1 })
  expect(two.found).toEqual([])
})

test('memory and flights are bounded', async () => {
  const pool = new ContentPool({ memoryBytes: 100, maxInFlight: 3 })
  const { self } = owner()
  const all = [1, 2, 3, 4, 5].map((at) => content(at))
  pool.admit(all)
  expect(pool.stats()).toMatchObject({ memoryBytes: 80, memoryItems: 2 })
  expect(pool.peek(all[4]!.hash)).toEqual(all[4]!.bytes)
  expect(pool.peek(all[0]!.hash)).toBeUndefined()
  await expect(
    pool.fetch(wanted(...[6, 7, 8, 9].map((at) => content(at))), self, async () => undefined),
  ).rejects.toThrow(PoolFullError)
  expect(pool.stats().inFlight).toBe(0)
})

test('what a question is having fetched gets urgent once a block waits for it too, and not by another question', async () => {
  const pool = new ContentPool()
  const [one, two, block] = [owner('request'), owner('request'), owner('sync')]
  const { begun, haul } = hauls()
  const a = content(1)
  const all = [one, two].map(({ self }) => pool.fetch(wanted(a), self, haul))
  await settled()
  expect(begun.map(({ raised }) => raised)).toEqual([0])
  all.push(pool.fetch(wanted(a), block.self, haul), pool.fetch(wanted(a), owner('sync').self, haul))
  expect(begun.map(({ raised }) => raised)).toEqual([1])
  pool.admit([a])
  begun[0]!.land()
  await Promise.all(all)
})

test('questions leave half of what may be under way to blocks', async () => {
  const pool = new ContentPool({ maxInFlight: 4 })
  const { begun, haul } = hauls()
  const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((at) => content(at))
  const question = pool.fetch(wanted(a!, b!), owner('request').self, haul)
  await expect(pool.fetch(wanted(c!), owner('request').self, haul)).rejects.toThrow(PoolFullError)
  const block = pool.fetch(wanted(c!, d!), owner().self, haul)
  await expect(pool.fetch(wanted(e!), owner().self, haul)).rejects.toThrow(PoolFullError)
  await settled()
  for (const { land } of begun) land()
  await Promise.all([question, block])
})
