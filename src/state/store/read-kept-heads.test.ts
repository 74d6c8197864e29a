import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { expect, test, vi } from 'vitest'
import { loadChecksum } from './checksum.ts'
import { someBootstrap, someBytes, someHeads } from './fixtures.ts'
import { setting, tamper } from './indexeddb-fixtures.ts'
import { databaseName } from './database-name.ts'
import { readKeptHeads } from './read-kept-heads.ts'
import { SCHEMA_VERSION } from './record-database.ts'

const checksum = await loadChecksum()

async function kept() {
  const world = setting()
  const store = await world.open()
  await store.putBootstrap(someBootstrap(1))
  await store.putHeads(someHeads(900))
  return { ...world, store }
}

const RESUMED = { ...someHeads(900).summary, standing: 'resumed' }

test('the kept heads, while the store is open and when it is closed', async () => {
  const { network, store } = await kept()
  expect(await readKeptHeads(network)).toEqual(RESUMED)
  await store.putHeads(someHeads(901))
  expect(await readKeptHeads(network)).toMatchObject({ optimisticSlot: 901 })
  await store.close()
  expect(await readKeptHeads(network)).toMatchObject({ optimisticSlot: 901 })
})

test('where there is no database, none is made', async () => {
  const { network, open } = setting()
  expect(await readKeptHeads(network)).toBeUndefined()
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(databaseName(network))
  const store = await open()
  expect(await readKeptHeads(network)).toBeUndefined()
  expect(store.stats().state).toBe('open')
  await store.close()
})

test('reading is in nobody’s way', async () => {
  const { network, store } = await kept()
  await store.close()
  const name = databaseName(network)
  const reads = Array.from({ length: 5 }, () => readKeptHeads(network))
  const newer = await openDB(name, SCHEMA_VERSION + 1, { blocked: () => expect.unreachable('a reader held on') })
  newer.close()
  for (const head of await Promise.all(reads)) expect([RESUMED, undefined]).toContainEqual(head)
  expect(await readKeptHeads(network)).toBeUndefined()
  await deleteDB(name, { blocked: () => expect.unreachable('a reader held on') })
})

test('an upgrade that takes long is not waited for', async () => {
  const { network, store } = await kept()
  await store.close()
  let finish: () => void = () => undefined
  const upgrading = openDB(databaseName(network), SCHEMA_VERSION + 1, {
    upgrade(_database, _old, _new, transaction) {
      let over = false
      finish = () => (over = true)
      const keepOpen = async () => {
        while (!over) await transaction.objectStore('meta').get(0)
      }
      void keepOpen()
    },
  })
  await vi.waitFor(() => expect(finish.name).not.toBe(''))
  expect(await readKeptHeads(network, 20)).toBeUndefined()
  finish()
  ;(await upgrading).close()
})

test.each([
  ['damaged heads', 'heads', { checksum: 1, bytes: new Uint8Array(9) }],
  ['heads that somebody made up', 'heads', { checksum: checksum(someBytes(1, 80)), bytes: someBytes(1, 80) }],
  ['no record', 'heads', 'hello'],
  ['another network', 'meta', { checksum: checksum(Uint8Array.of(65)), bytes: Uint8Array.of(65) }],
] as const)('%s is nothing to show', async (_, table, record) => {
  const { network, store } = await kept()
  await store.close()
  await tamper(network, table, (records) => records.set(0, record as never))
  expect(await readKeptHeads(network)).toBeUndefined()
})

test('browsers without a database, or that forbid it', async () => {
  const { network } = setting()
  const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('not here', 'SecurityError')
  })
  expect(await readKeptHeads(network)).toBeUndefined()
  open.mockRestore()
})
