import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { type IndexedDbOptions, openIndexedDb, type Upgrade, UPGRADES } from './indexeddb-database.ts'
import { type RecordDatabase, SCHEMA_VERSION } from './record-database.ts'

let names = 0
const freshName = (): string => `database-${names++}`
const open = (name: string, options: Partial<IndexedDbOptions> = {}): Promise<RecordDatabase> =>
  openIndexedDb({ name, onReplaced: () => undefined, ...options })

const record = (byte: number) => ({ checksum: byte, bytes: new Uint8Array([byte]) })

test('there is an upgrade to every version of the schema', () => {
  expect(UPGRADES).toHaveLength(SCHEMA_VERSION)
})

describe('records', () => {
  test('are read by key, scanned in order and in parts, and changed in the order given', async () => {
    const database = await open(freshName())
    await database.write([
      ...[5, 1, 300, 2].map((key) => ({
        kind: 'put' as const,
        table: 'pages' as const,
        key,
        record: record(key % 256),
      })),
      { kind: 'delete', table: 'pages', key: 2 },
      { kind: 'put', table: 'updates', key: 0, record: record(9) },
    ])
    expect(await database.read('pages', [300, 2, 1])).toEqual([record(44), undefined, record(1)])
    expect(await database.keys('pages')).toEqual([1, 5, 300])
    expect((await database.scan('pages', 0, 2)).map(({ key }) => key)).toEqual([1, 5])
    expect(await database.scan('pages', 6, 2)).toEqual([{ key: 300, record: record(44) }])
    await database.write([
      { kind: 'put', table: 'pages', key: 7, record: record(7) },
      { kind: 'clear', table: 'pages' },
      { kind: 'put', table: 'pages', key: 8, record: record(8) },
    ])
    expect(await database.keys('pages')).toEqual([8])
    expect(await database.keys('updates')).toEqual([0])
    await database.close()
  })

  test('under keys that are no numbers are not seen', async () => {
    const name = freshName()
    const database = await open(name)
    const other = await openDB(name)
    await other.put('pages', record(1), 'key')
    await other.put('pages', record(1), -4)
    other.close()
    expect(await database.keys('pages')).toEqual([])
    expect(await database.scan('pages', 0, 10)).toEqual([])
    await database.close()
  })
})

describe('upgrades', () => {
  const doubled: Upgrade = async (_database, transaction) => {
    const store = transaction.objectStore('updates')
    for (const key of await store.getAllKeys()) await store.put(record(Number(key) * 2), key)
  }

  test('bring an older database to this version step by step, with what it holds', async () => {
    const name = freshName()
    const old = await open(name)
    await old.write([{ kind: 'put', table: 'updates', key: 21, record: record(21) }])
    await old.close()
    const database = await open(name, { upgrades: [...UPGRADES, doubled, doubled] })
    expect(await database.read('updates', [21])).toEqual([record(42)])
    await database.close()
    await expect(open(name)).rejects.toMatchObject({ kind: 'newer-schema' })
  })

  test('that fail leave the older version as it was', async () => {
    const name = freshName()
    const old = await open(name)
    await old.write([{ kind: 'put', table: 'updates', key: 21, record: record(21) }])
    await old.close()
    const failing: Upgrade = () => Promise.reject(new Error('no such luck'))
    await expect(open(name, { upgrades: [...UPGRADES, doubled, failing] })).rejects.toMatchObject({
      kind: 'unavailable',
    })
    const again = await open(name)
    expect(await again.read('updates', [21])).toEqual([record(21)])
    await again.close()
  })

  test('wait for older tabs no longer than said, and let go of what they get too late', async () => {
    const name = freshName()
    await (await open(name)).close()
    const stubborn = await openDB(name)
    const upgrades = [...UPGRADES, doubled]
    await expect(open(name, { upgrades, openTimeoutMs: 20 })).rejects.toMatchObject({ kind: 'blocked' })
    stubborn.close()
    const database = await open(name, { upgrades })
    await database.close()
    await deleteDB(name, { blocked: () => expect.unreachable('a late connection was kept') })
  })

  test('make older tabs let go', async () => {
    const name = freshName()
    const old = await open(name)
    const database = await open(name, { upgrades: [...UPGRADES, doubled] })
    expect(await old.lost).toMatchObject({ kind: 'superseded' })
    await expect(old.keys('pages')).rejects.toMatchObject({ kind: 'lost' })
    await database.close()
  })
})
