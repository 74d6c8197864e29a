import 'fake-indexeddb/auto'
import { hexToBytes } from '@ethereumjs/util'
import { deleteDB, openDB } from 'idb'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { describeWithData } from '../../testing/data.ts'
import {
  collect,
  content,
  hashesOf,
  missing,
  someBlock,
  someBootstrap,
  someConflict,
  someContents,
  someHeads,
  someUpdate,
} from './fixtures.ts'
import { setting } from './indexeddb-fixtures.ts'
import { UPGRADES } from './indexeddb-database.ts'
import { databaseName } from './database-name.ts'
import { PAGE_BYTES } from './limits.ts'

const keccak = await loadKeccak()

describe('a store opened again', () => {
  test('has everything it had', async () => {
    const { network, open, events } = setting()
    const first = await open()
    const block = someBlock(keccak, { network, nodes: 900 })
    const nodes = someContents(keccak, { from: 50_000, count: 3_000 })
    await first.putBlock(block.record, block.contents)
    await first.putNodes(nodes)
    await first.putBootstrap(someBootstrap(1))
    await first.putUpdate(someUpdate(5))
    await first.putHeads(someHeads(900))
    await first.putConflict(someConflict(5))
    const stats = first.stats()
    const listed = await first.listBlocks()
    await first.close()

    const second = await open()
    expect(second.stats()).toEqual(stats)
    expect(await second.listBlocks()).toEqual(listed)
    expect(await second.getBlock(block.record.hash)).toEqual(block.record)
    expect(await missing(second, [...nodes, ...block.contents.nodes, ...block.contents.codes])).toEqual([])
    expect(await second.bootstrap()).toEqual(someBootstrap(1))
    expect(await collect(second.updates())).toEqual([someUpdate(5)])
    expect(await second.heads()).toEqual(someHeads(900))
    expect(await second.conflict()).toEqual(someConflict(5))
    expect(events).toEqual([])
    await second.close()
  })

  test('written by the first schema: it keeps what it has, and takes heads from now on', async () => {
    const { network, open, events } = setting()
    const current = await open()
    await current.putNodes(someContents(keccak, { count: 20 }))
    await current.putBootstrap(someBootstrap(1))
    await current.putUpdate(someUpdate(5))
    await current.close()
    await downgrade(databaseName(network))

    const store = await open()
    expect(events).toEqual([])
    expect(await missing(store, someContents(keccak, { count: 20 }))).toEqual([])
    expect(await store.bootstrap()).toEqual(someBootstrap(1))
    expect(await collect(store.updates())).toEqual([someUpdate(5)])
    expect(await store.heads()).toBeUndefined()
    await store.putHeads(someHeads(900))
    expect(await store.heads()).toEqual(someHeads(900))
    await store.close()
  })

  test('fills the last page on, so that short visits do not leave a page each', async () => {
    const { open } = setting()
    const nodes = someContents(keccak, { count: 40 })
    for (const node of nodes) {
      const store = await open()
      await store.putNodes([node])
      await store.close()
    }
    const store = await open()
    expect(store.stats()).toMatchObject({ pages: 1, nodes: 40 })
    expect(await missing(store, nodes)).toEqual([])
    await store.close()
  })
})

describeWithData('a real mainnet block in IndexedDB', (data) => {
  interface BlockFile {
    readonly blockHash: `0x${string}`
    readonly block: `0x${string}`
    readonly parentHeader: `0x${string}` | null
    readonly state: readonly `0x${string}`[]
    readonly codes: readonly `0x${string}`[]
  }

  test('5,347 nodes land in one transaction of a handful of puts and are all there after reopening', async () => {
    const packed = readFileSync(join(data, 'witness-blocks', 'mainnet-24628608.json.gz'))
    const file = JSON.parse(gunzipSync(packed).toString()) as BlockFile
    const nodes = file.state.map((hex) => content(keccak, hexToBytes(hex)))
    const codes = file.codes.map((hex) => content(keccak, hexToBytes(hex)))
    const { network, open } = setting()
    const record = {
      hash: asHash(hexToBytes(file.blockHash)),
      network,
      block: hexToBytes(file.block),
      parentHeader: file.parentHeader === null ? undefined : hexToBytes(file.parentHeader),
      ancestors: [],
      witness: { nodes: hashesOf(nodes), codes: hashesOf(codes) },
    }
    const store = await open()
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const puts = vi.spyOn(IDBObjectStore.prototype, 'put')
    await store.putBlock(record, { nodes, codes })
    const counted = { transactions: transactions.mock.calls.length, puts: puts.mock.calls.length }
    expect(counted.transactions).toBe(1)
    const pages = Math.ceil([...nodes, ...codes].reduce((sum, { bytes }) => sum + bytes.length, 0) / PAGE_BYTES)
    // Each page and its table; up to a tenth of a page is left where the next content did not fit; the block's two records.
    expect(counted.puts).toBeLessThanOrEqual(2 * (pages + 2) + 2)
    vi.restoreAllMocks()
    await store.close()

    const again = await open()
    const gets = vi.spyOn(IDBObjectStore.prototype, 'get')
    const read = await again.getBlock(record.hash)
    expect(read).toEqual(record)
    expect(await missing(again, [...nodes, ...codes])).toEqual([])
    expect(gets.mock.calls.length).toBeLessThanOrEqual(pages + 3)
    await again.close()
  })
})

/** Writes the database anew with the first schema and what that has tables for. */
async function downgrade(name: string): Promise<void> {
  const newer = await openDB(name)
  const tables = ['meta', 'pages', 'page-tables', 'bootstrap', 'updates']
  const contents = await Promise.all(
    tables.map(async (table) => ({ table, keys: await newer.getAllKeys(table), records: await newer.getAll(table) })),
  )
  newer.close()
  await deleteDB(name)
  const older = await openDB(name, 1, { upgrade: (database, _old, _new, step) => void UPGRADES[0]!(database, step) })
  for (const { table, keys, records } of contents) {
    for (const [at, key] of keys.entries()) await older.put(table, records[at], key)
  }
  older.close()
}
