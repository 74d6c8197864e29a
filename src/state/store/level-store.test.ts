import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import {
  collect,
  missing,
  someBlock,
  someBootstrap,
  someBytes,
  someContents,
  someHeads,
  someUpdate,
} from './fixtures.ts'
import { openLevelStore } from './level-store.ts'
import { type SimulatedDisk, simulatedLevel } from './simulated-level.fixtures.ts'
import type { StoreEvent } from './store.ts'

const keccak = await loadKeccak()
const NETWORK = 'testnet'

function open(disk: SimulatedDisk, { most = Infinity, fails = 'killed', network = NETWORK } = {}) {
  const events: StoreEvent[] = []
  const level = simulatedLevel(disk, most, fails)
  const opened = openLevelStore(level, { network, keccak, onEvent: (event) => events.push(event) })
  return { opened, events, level }
}

test('everything is there after reopening', async () => {
  const disk: SimulatedDisk = new Map()
  const { record, contents } = someBlock(keccak)
  const nodes = someContents(keccak, { from: 50, count: 2_000 })
  const first = await open(disk).opened
  await first.putBlock(record, contents)
  await first.putNodes(nodes)
  await first.putBootstrap(someBootstrap(1))
  for (const period of [300, 7, 256]) await first.putUpdate(someUpdate(period))
  await first.putHeads(someHeads(9))
  await first.putImportMarks(someBytes(1, 10))
  await first.close()
  const { opened, events } = open(disk)
  const store = await opened
  expect(await store.getBlock(record.hash)).toEqual(record)
  expect(await missing(store, nodes)).toEqual([])
  expect(await store.bootstrap()).toEqual(someBootstrap(1))
  expect((await collect(store.updates())).map(({ period }) => period)).toEqual([7, 256, 300])
  expect(await store.heads()).toEqual(someHeads(9))
  expect(await store.importMarks()).toEqual(someBytes(1, 10))
  expect(events).toEqual([])
  await store.close()
})

test("another network's directory is emptied, and said", async () => {
  const disk: SimulatedDisk = new Map()
  const first = await open(disk).opened
  await first.putNodes(someContents(keccak, { count: 10 }))
  await first.close()
  const { opened, events } = open(disk, { network: 'other' })
  expect((await opened).stats().nodes).toBe(0)
  expect(events).toMatchObject([{ kind: 'started-empty' }])
})

test('what newer code wrote is not opened', async () => {
  const disk: SimulatedDisk = new Map([['!schema', new TextEncoder().encode('99')]])
  await expect(open(disk).opened).rejects.toMatchObject({ kind: 'newer-schema' })
})

test('a directory that another process has says so', async () => {
  const level = simulatedLevel(new Map())
  const locked = Object.assign(new Error('lock'), { code: 'LEVEL_LOCKED' })
  level.open = () => Promise.reject(Object.assign(new Error('not open', { cause: locked }), { code: 'LEVEL_X' }))
  await expect(openLevelStore(level, { network: NETWORK, keccak })).rejects.toMatchObject({ kind: 'blocked' })
})

test('a full disk ends writing, not reading; any other failure ends that one write', async () => {
  const disk: SimulatedDisk = new Map()
  const [early, late] = [someContents(keccak, { count: 3 }), someContents(keccak, { from: 9, count: 3 })]
  const full = await open(disk, { most: 3, fails: 'IO error: No space left on device' }).opened
  await full.putNodes(early)
  await expect(full.putNodes(late)).rejects.toMatchObject({ kind: 'quota' })
  expect(full.stats().state).toBe('read-only')
  expect(await missing(full, early)).toEqual([])
  await full.close()
  const flaky = await open(disk, { most: 0, fails: 'IO error' }).opened
  await expect(flaky.putNodes(late)).rejects.toMatchObject({ kind: 'write-failed' })
  expect(flaky.stats().state).toBe('open')
  await flaky.close()
})
