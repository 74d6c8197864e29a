import 'fake-indexeddb/auto'
import { forceCloseDatabase } from 'fake-indexeddb'
import { deleteDB, openDB } from 'idb'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { collect, content, missing, someBlock, someBytes, someContents, someUpdate } from './fixtures.ts'
import { setting } from './indexeddb-fixtures.ts'
import { databaseName } from './database-name.ts'
import { openIndexedDbStore } from './indexeddb-store.ts'
import type { Store, StoreEvent } from './store.ts'

const keccak = await loadKeccak()

afterEach(() => vi.restoreAllMocks())

describe('writes that do not land', () => {
  type Put = (this: IDBObjectStore, ...args: Parameters<IDBObjectStore['put']>) => IDBRequest<IDBValidKey>

  /** Makes the n-th put of the next transaction fail. */
  function failPut(nth: number, fail: (this: IDBObjectStore) => void): void {
    const put = Reflect.get(IDBObjectStore.prototype, 'put') as Put
    let count = 0
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (++count === nth) fail.call(this)
      return put.apply(this, args)
    })
  }

  test.each([1, 2, 3, 5, 8])('a transaction aborted at its put %i leaves nothing behind', async (nth) => {
    const { network, open } = setting()
    const store = await open()
    const before = someContents(keccak, { from: 90_000, count: 10 })
    await store.putNodes(before)
    const stats = store.stats()
    const { record, contents } = someBlock(keccak, { network, nodes: 2_000 })
    failPut(nth, function (this: IDBObjectStore) {
      this.transaction.abort()
    })
    await expect(store.putBlock(record, contents)).rejects.toMatchObject({ kind: 'write-failed' })
    vi.restoreAllMocks()
    const nothing = async (checked: Store) => {
      expect(checked.stats()).toEqual(stats)
      expect(await checked.getBlock(record.hash)).toBeUndefined()
      expect(await checked.getHeader(record.hash)).toBeUndefined()
      expect(await missing(checked, contents.nodes)).toHaveLength(2_000)
      expect(await missing(checked, before)).toEqual([])
    }
    await nothing(store)
    await store.close()
    const again = await open()
    await nothing(again)
    await again.putBlock(record, contents)
    expect(await missing(again, contents.nodes)).toEqual([])
    await again.close()
  })

  test.each([1, 4])('a full disk at put %i ends writing, and reading goes on', async (nth) => {
    const { network, open, events } = setting()
    const store = await open()
    const nodes = someContents(keccak, { count: 1_000 })
    const kept = someBlock(keccak, { network, number: 3 })
    await store.putNodes(nodes)
    await store.putBlock(kept.record, kept.contents)
    failPut(nth, () => {
      throw new DOMException('the disk is full', 'QuotaExceededError')
    })
    const { record, contents } = someBlock(keccak, { network, nodes: 1_000 })
    await expect(store.putBlock(record, contents)).rejects.toMatchObject({ kind: 'quota' })
    vi.restoreAllMocks()
    await expect(store.putUpdate(someUpdate(1))).rejects.toMatchObject({ kind: 'quota' })
    expect(events).toMatchObject([{ kind: 'read-only', error: { kind: 'quota' } }])
    expect(store.stats()).toMatchObject({ state: 'read-only', error: { kind: 'quota' }, blocks: 1 })
    expect(await missing(store, nodes)).toEqual([])
    expect(await store.getBlock(kept.record.hash)).toEqual(kept.record)
    expect(await missing(store, contents.nodes)).toHaveLength(1_000)
    await store.close()
    const again = await open()
    await again.putBlock(record, contents)
    await again.close()
  })

  test('a transaction that never ends is ended', async () => {
    const { network } = setting()
    const store = await openIndexedDbStore({ network, keccak, transactionTimeoutMs: 30 })
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore) {
      const keepAlive = () => (this.get(0).onsuccess = keepAlive)
      return keepAlive() as unknown as IDBRequest<IDBValidKey>
    })
    await expect(store.putUpdate(someUpdate(1))).rejects.toMatchObject({ kind: 'write-failed' })
    put.mockRestore()
    await store.putUpdate(someUpdate(1))
    await store.close()
  })

  test('more than is kept waiting is refused, what waits lands', async () => {
    const { open } = setting()
    const store = await open()
    const huge = Array.from({ length: 70 }, (_, at) => content(keccak, new Uint8Array(1024 * 1024).fill(at)))
    const outcomes = await Promise.allSettled(huge.map((code) => store.putCodes([code])))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]!.reason).toMatchObject({ kind: 'overloaded' })
    const landed = huge.filter((_, at) => outcomes[at]!.status === 'fulfilled')
    expect(await missing(store, landed)).toEqual([])
    await store.close()
  })
})

describe('a database that is taken away', () => {
  async function lostStore(take: (name: string) => Promise<unknown>) {
    const { network, open, events } = setting()
    const store = await open()
    const nodes = someContents(keccak, { count: 10 })
    const block = someBlock(keccak, { network })
    await store.putNodes(nodes)
    await store.putBlock(block.record, block.contents)
    await take(databaseName(network))
    return { store, nodes, block, events, open }
  }

  test('deleted: writing ends with its reason, memory still answers, and a new one can be opened', async () => {
    const { store, nodes, block, events, open } = await lostStore((name) => deleteDB(name))
    await expect(store.putNodes(nodes)).rejects.toMatchObject({ kind: 'deleted' })
    await expect(store.getBlock(block.record.hash)).rejects.toMatchObject({ kind: 'deleted' })
    await expect(store.bootstrap()).rejects.toMatchObject({ kind: 'deleted' })
    await expect(collect(store.updates())).rejects.toMatchObject({ kind: 'deleted' })
    expect(await missing(store, nodes)).toEqual([])
    expect(await store.getNodes([asHash(someBytes(4, 32))])).toEqual([undefined])
    expect(events).toMatchObject([{ kind: 'read-only', error: { kind: 'deleted' } }])
    await store.close()
    const again = await open()
    expect(again.stats()).toMatchObject({ nodes: 0, blocks: 0 })
    await again.close()
  })

  test('deleted, with pages that are not in memory: their nodes are missing, nothing throws', async () => {
    const { network } = setting()
    const events: StoreEvent[] = []
    const store = await openIndexedDbStore({ network, keccak, cacheBytes: 0, onEvent: (event) => events.push(event) })
    const nodes = someContents(keccak, { count: 1_000 })
    await store.putNodes(nodes)
    await deleteDB(databaseName(network))
    expect((await missing(store, nodes)).length).toBeGreaterThan(700)
    expect(events.map(({ kind }) => kind)).toEqual(['read-only'])
    await store.close()
  })

  test('wanted by newer code: it is let go at once', async () => {
    const { store, nodes } = await lostStore(async (name) => (await openDB(name, 99)).close())
    await expect(store.putNodes(nodes)).rejects.toMatchObject({ kind: 'superseded' })
    await store.close()
  })

  test('closed by the browser', async () => {
    const { open, events } = setting()
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const store = await open()
    const [raw] = transactions.mock.contexts
    forceCloseDatabase(raw as Parameters<typeof forceCloseDatabase>[0])
    await vi.waitFor(() => expect(events).toMatchObject([{ kind: 'read-only', error: { kind: 'lost' } }]))
    await expect(store.putUpdate(someUpdate(1))).rejects.toMatchObject({ kind: 'lost' })
    await store.close()
  })
})

describe('a database that cannot be opened', () => {
  test('written by newer code', async () => {
    const { network, open } = setting()
    ;(await openDB(databaseName(network), 99)).close()
    await expect(open()).rejects.toMatchObject({ name: 'StoreError', kind: 'newer-schema' })
  })

  test('browsers without one, or that forbid it', async () => {
    const { open } = setting()
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('not in this window', 'SecurityError')
    })
    await expect(open()).rejects.toMatchObject({ kind: 'unavailable' })
  })

  test('no answer', async () => {
    const { network } = setting()
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => new EventTarget() as unknown as IDBOpenDBRequest)
    await expect(openIndexedDbStore({ network, keccak, openTimeoutMs: 20 })).rejects.toMatchObject({
      kind: 'unavailable',
    })
  })

  test('an error while reading it closes it again', async () => {
    const { network, open } = setting()
    await (await open()).close()
    vi.spyOn(IDBObjectStore.prototype, 'getAllKeys').mockImplementation(() => {
      throw new DOMException('bad sector', 'UnknownError')
    })
    await expect(open()).rejects.toMatchObject({ kind: 'read-failed' })
    vi.restoreAllMocks()
    let blocked = false
    await deleteDB(databaseName(network), { blocked: () => (blocked = true) })
    expect(blocked).toBe(false)
  })
})
