import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { loadChecksum } from './checksum.ts'
import {
  collect,
  missing,
  someBlock,
  someBootstrap,
  someBytes,
  someConflict,
  someContents,
  someHeads,
  someUpdate,
} from './fixtures.ts'
import { type Setting, setting, tamper } from './indexeddb-fixtures.ts'
import { databaseName } from './database-name.ts'
import { MAX_ACCESS_PATTERNS_BYTES } from './limits.ts'
import type { StoredRecord, Table } from './record-database.ts'
import type { Content } from './store.ts'

const keccak = await loadKeccak()
const checksum = await loadChecksum()

describe('a damaged database', () => {
  /** Two pages of nodes, closed. */
  async function stored(): Promise<Setting & { nodes: Content[] }> {
    const world = setting()
    const nodes = someContents(keccak, { count: 1_200 })
    const store = await world.open()
    await store.putNodes(nodes)
    await store.close()
    return { ...world, nodes }
  }

  test('a flipped byte in a page costs the one node it lies in, and the damage is met once', async () => {
    const { network, open, nodes, events } = await stored()
    await tamper(network, 'pages', (pages) => (pages.get(1)!.bytes[100_000]! ^= 1))
    const store = await open()
    const lost = await missing(store, nodes)
    expect(lost).toHaveLength(1)
    expect(store.stats()).toMatchObject({ nodes: 1_199, damagedPages: 1, damagedContents: 1 })
    expect(events).toEqual([{ kind: 'damaged-page', page: 1, lost: 1, kept: expect.any(Number) as number }])

    await store.putNodes([nodes[lost[0]!]!])
    expect(await missing(store, nodes)).toEqual([])
    await store.close()
    const again = await open()
    expect(await missing(again, nodes)).toEqual([])
    expect(again.stats()).toMatchObject({ nodes: 1_200, damagedPages: 0, damagedContents: 0 })
    await again.close()
  })

  test('a page cut short loses what is behind the cut', async () => {
    const { network, open, nodes } = await stored()
    await tamper(network, 'pages', (pages) => {
      const page = pages.get(1)!
      pages.set(1, { ...page, bytes: page.bytes.slice(0, 200_000) })
    })
    const store = await open()
    const lost = await missing(store, nodes)
    expect(lost.length).toBeGreaterThan(100)
    expect(lost.length).toBeLessThan(300)
    expect(store.stats().nodes).toBe(1_200 - lost.length)
    await store.close()
  })

  test('a page that somebody wrote with a good checksum gives nothing wrong', async () => {
    const { network, open, nodes } = await stored()
    await tamper(network, 'pages', (pages) => {
      const bytes = someBytes(77, pages.get(1)!.bytes.length)
      pages.set(1, { bytes, checksum: checksum(bytes) })
    })
    const store = await open()
    const lost = await missing(store, nodes)
    expect(lost.length).toBe(store.stats().damagedContents)
    expect(lost.length).toBeGreaterThan(700)
    await store.close()
  })

  test.each<[string, (pages: Map<number, StoredRecord>) => void]>([
    ['is gone', (pages) => pages.delete(1)],
    ['is no record', (pages) => pages.set(1, 'hello' as unknown as StoredRecord)],
    ['has no bytes', (pages) => pages.set(1, { checksum: 1, bytes: [1] as unknown as Uint8Array })],
  ])('a page that %s is one page lost', async (_, change) => {
    const { network, open, nodes } = await stored()
    await tamper(network, 'pages', change)
    const store = await open()
    const lost = await missing(store, nodes)
    expect(store.stats()).toMatchObject({ pages: 1, nodes: 1_200 - lost.length, damagedPages: 1 })
    await store.putNodes(nodes)
    expect(await missing(store, nodes)).toEqual([])
    await store.close()
  })

  test.each<[string, (tables: Map<number, StoredRecord>) => void]>([
    ['is gone', (tables) => tables.delete(1)],
    ['is damaged', (tables) => (tables.get(1)!.bytes[5]! ^= 1)],
    ['is no table', (tables) => tables.set(1, { bytes: new Uint8Array(13), checksum: checksum(new Uint8Array(13)) })],
  ])('a page whose table %s is removed when opening', async (_, change) => {
    const { network, open, nodes, events } = await stored()
    await tamper(network, 'page-tables', change)
    const store = await open()
    expect(store.stats()).toMatchObject({ pages: 1, damagedPages: 1 })
    expect(events).toEqual([{ kind: 'damaged-page', page: 1, lost: 0, kept: 0 }])
    await store.putNodes(nodes)
    expect(await missing(store, nodes)).toEqual([])
    await store.close()
    const again = await open()
    expect(again.stats()).toMatchObject({ nodes: 1_200, damagedPages: 0 })
    expect(await missing(again, nodes)).toEqual([])
    await again.close()
  })

  test.each<Table>(['blocks', 'block-summaries'])(
    'a damaged record in %s is a block less, not another block',
    async (table) => {
      const { network, open, events } = setting()
      const [kept, hurt] = [someBlock(keccak, { network, number: 7 }), someBlock(keccak, { network, number: 9 })]
      const first = await open()
      await first.putBlock(kept.record, kept.contents)
      await first.putBlock(hurt.record, hurt.contents)
      await first.close()
      await tamper(network, table, (records) => (records.get(2)!.bytes[90]! ^= 1))
      const store = await open()
      expect(await store.getBlock(hurt.record.hash)).toBeUndefined()
      expect((await store.listBlocks()).map(({ number }) => number)).toEqual([7])
      expect(await store.getBlock(kept.record.hash)).toEqual(kept.record)
      expect(store.stats()).toMatchObject({ blocks: 1, damagedRecords: 1 })
      expect(events).toEqual([{ kind: 'damaged-record', what: 'block record 2' }])
      await store.close()
      expect((await (await open()).listBlocks()).length).toBe(1)
    },
  )

  test('a block record that somebody put in place of another is not given out', async () => {
    const { network, open } = setting()
    const [one, two] = [someBlock(keccak, { network, number: 7 }), someBlock(keccak, { network, number: 9 })]
    const first = await open()
    await first.putBlock(one.record, one.contents)
    await first.putBlock(two.record, two.contents)
    await first.close()
    await tamper(network, 'blocks', (records) => records.set(2, records.get(1)!))
    const store = await open()
    expect(await store.getBlock(two.record.hash)).toBeUndefined()
    await store.close()
  })

  test('damaged light-client records are left out and said', async () => {
    const { network, open, events } = setting()
    const first = await open()
    await first.putBootstrap(someBootstrap(1))
    for (const period of [3, 4, 5]) await first.putUpdate(someUpdate(period))
    await first.close()
    await tamper(network, 'updates', (records) => {
      records.get(4)!.bytes[300]! ^= 1
      records.set(9, records.get(5)!)
    })
    await tamper(network, 'bootstrap', (records) => records.set(0, { checksum: 0, bytes: new Uint8Array(4) }))
    const store = await open()
    expect((await collect(store.updates())).map(({ period }) => period)).toEqual([3, 5])
    expect(await store.bootstrap()).toBeUndefined()
    expect(store.stats().damagedRecords).toBe(3)
    expect(events.map(({ kind }) => kind)).toEqual(['damaged-record', 'damaged-record', 'damaged-record'])
    await store.close()
  })

  test.each<[string, (records: Map<number, StoredRecord>) => void]>([
    ['a flipped byte', (records) => (records.get(0)!.bytes[40]! ^= 1)],
    ['a record cut short', (records) => records.set(0, { ...records.get(0)!, bytes: records.get(0)!.bytes.slice(9) })],
    [
      'other bytes with a good checksum',
      (records) => records.set(0, { bytes: someBytes(5, 300), checksum: checksum(someBytes(5, 300)) }),
    ],
    [
      'an empty list with a good checksum',
      (records) => records.set(0, { bytes: Uint8Array.of(0xc0), checksum: checksum(Uint8Array.of(0xc0)) }),
    ],
  ])('%s in heads or evidence: left out, said, and replaced by the next', async (_, change) => {
    const { network, open, events } = setting()
    const first = await open()
    await first.putHeads(someHeads(500))
    await first.putConflict(someConflict(5))
    await first.close()
    await tamper(network, 'heads', change)
    await tamper(network, 'conflict', change)
    const store = await open()
    expect(await store.heads()).toBeUndefined()
    expect(await store.conflict()).toBeUndefined()
    expect(events.map(({ kind }) => kind)).toEqual(['damaged-record', 'damaged-record'])
    await store.putHeads(someHeads(501))
    expect(await store.heads()).toEqual(someHeads(501))
    await store.close()
  })

  test.each<[string, (records: Map<number, StoredRecord>) => void]>([
    ['a flipped byte', (records) => (records.get(0)!.bytes[40]! ^= 1)],
    ['no record', (records) => records.set(0, 'hello' as unknown as StoredRecord)],
    [
      'more than there may be',
      (records) => {
        const bytes = new Uint8Array(MAX_ACCESS_PATTERNS_BYTES + 1)
        records.set(0, { bytes, checksum: checksum(bytes) })
      },
    ],
  ])('%s in what was learned or is remembered: left out, said, and replaced by the next', async (_, change) => {
    const { network, open, events } = setting()
    const first = await open()
    await first.putAccessPatterns(someBytes(1, 500))
    await first.putImportMarks(someBytes(2, 500))
    await first.close()
    await tamper(network, 'access-patterns', change)
    await tamper(network, 'import-marks', change)
    const store = await open()
    expect([await store.accessPatterns(), await store.importMarks()]).toEqual([undefined, undefined])
    expect(events.map(({ kind }) => kind)).toEqual(['damaged-record', 'damaged-record'])
    expect(store.stats().damagedRecords).toBe(2)
    await store.putAccessPatterns(someBytes(3, 500))
    expect(await store.accessPatterns()).toEqual(someBytes(3, 500))
    await store.close()
  })

  test.each<[string, (records: Map<number, StoredRecord>) => void]>([
    ['missing', (records) => records.clear()],
    ['damaged', (records) => (records.get(0)!.bytes[0]! ^= 1)],
    [
      "another network's",
      (records) => records.set(0, { bytes: new Uint8Array([65]), checksum: checksum(new Uint8Array([65])) }),
    ],
  ])('with a meta record that is %s the store starts empty and says so', async (_, change) => {
    const { network, open, nodes, events } = await stored()
    await tamper(network, 'meta', change)
    const store = await open()
    expect(events).toMatchObject([{ kind: 'started-empty' }])
    expect(store.stats()).toMatchObject({ nodes: 0, pages: 0, bytes: 0 })
    await store.putNodes(nodes)
    await store.close()
    const again = await open()
    expect(await missing(again, nodes)).toEqual([])
    expect(events).toHaveLength(1)
    await again.close()
  })

  test("somebody else's database under our name is replaced", async () => {
    const { network, open, events } = setting()
    ;(
      await openDB(databaseName(network), 1, { upgrade: (database) => void database.createObjectStore('cats') })
    ).close()
    const store = await open()
    expect(events).toMatchObject([{ kind: 'started-empty' }])
    await store.putUpdate(someUpdate(1))
    await store.close()
  })
})
