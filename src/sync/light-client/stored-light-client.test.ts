import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { asHash, asRoot, type Keccak, type Root } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { CheckpointRecord, UpdateRecord } from '../../consensus/committee-chain-storage.ts'
import { createMemoryStore } from '../../state/store/memory-store.ts'
import type { Store } from '../../state/store/store.ts'
import type { LightClientChanges } from './light-client-changes.ts'
import { LightClientKeeper, type WriteOutcome } from './light-client-keeper.ts'
import type { HeadRecords } from './light-client-storage.ts'
import { StoredLightClient, type LightClientShelf } from './stored-light-client.ts'

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

const forkDigest = Uint8Array.of(1, 2, 3, 4)
const rootOf = (byte: number): Root => asRoot(new Uint8Array(32).fill(byte))
const checkpoint = (root: number): CheckpointRecord => ({
  forkDigest,
  trustedRoot: rootOf(root),
  ssz: Uint8Array.of(root),
})
const update = (period: number, byte = period): UpdateRecord => ({ period, forkDigest, ssz: Uint8Array.of(byte) })

function heads(slot: number): HeadRecords {
  const execution = { hash: asHash(rootOf(9)), number: 1 }
  return {
    optimistic: { forkDigest, ssz: Uint8Array.of(slot) },
    finality: undefined,
    summary: { optimisticSlot: slot, blockRoot: rootOf(8), finalizedSlot: undefined, execution },
  }
}

/** A store's owner that can be told to fail, to have no store, or to wait; it notes what it is sent. */
class Shelf implements LightClientShelf {
  store: Store | undefined
  readonly sent: LightClientChanges[] = []
  fault: Error | undefined
  held: Promise<void> = Promise.resolve()
  readonly keeper = new LightClientKeeper(() => this.store)

  async writeLightClient(changes: LightClientChanges, trustedRoot: Root): Promise<WriteOutcome> {
    this.sent.push(changes)
    await this.held
    if (this.fault !== undefined) throw this.fault
    return this.keeper.write(structuredClone(changes), trustedRoot)
  }

  keptLightClient = () => (this.fault === undefined ? this.keeper.kept() : Promise.reject(this.fault))
  keptHeads = () => (this.fault === undefined ? this.keeper.heads() : Promise.reject(this.fault))
}

function world() {
  const shelf = new Shelf()
  shelf.store = createMemoryStore({ network: 'testnet', keccak })
  const problems: string[] = []
  return { shelf, problems, storage: new StoredLightClient(shelf, (problem) => problems.push(problem)) }
}

const keptPeriods = async ({ keeper }: Shelf) => (await keeper.kept())?.updates.map(({ period }) => period)

test('a chain and its heads come back as they were put', async () => {
  const { shelf, storage, problems } = world()
  expect(await storage.load()).toBeUndefined()
  storage.putCheckpoint(checkpoint(1))
  for (const period of [5, 6, 7]) storage.putUpdate(update(period))
  storage.deleteUpdatesFrom(6)
  storage.putUpdate(update(6, 66))
  storage.putHeads(heads(1))
  storage.putHeads(heads(2))
  const conflict = { known: update(6, 66), other: update(6) }
  storage.putConflict(conflict)
  await storage.settled()
  const again = new StoredLightClient(shelf, () => undefined)
  const updates = [update(5), update(6, 66)]
  expect(await again.load()).toEqual({ checkpoint: checkpoint(1), updates, conflict })
  expect(await again.loadHeads()).toEqual(heads(2))
  expect(shelf.sent).toHaveLength(1)
  again.putUpdate(update(7))
  await again.settled()
  expect(await keptPeriods(shelf)).toEqual([5, 6, 7])
  expect(problems).toEqual([])
})

test('while a write is under way one more waits, with the newest heads', async () => {
  const { shelf, storage } = world()
  storage.putCheckpoint(checkpoint(1))
  let go: () => void = () => undefined
  shelf.held = new Promise((resolve) => (go = resolve))
  await Promise.resolve()
  for (let slot = 1; slot <= 100; slot++) {
    storage.putHeads(heads(slot))
    await Promise.resolve()
  }
  expect(shelf.sent).toHaveLength(1)
  go()
  await storage.settled()
  expect(shelf.sent).toHaveLength(2)
  expect(await shelf.keeper.heads()).toEqual(heads(100))
})

test('a failure is told once, and what failed is written with what comes next', async () => {
  const { shelf, storage, problems } = world()
  shelf.fault = new Error('the disk is full')
  expect(await storage.load()).toBeUndefined()
  storage.putCheckpoint(checkpoint(1))
  await storage.settled()
  for (const period of [5, 6, 7]) {
    storage.putUpdate(update(period))
    await storage.settled()
  }
  expect(problems).toEqual(['the disk is full', 'the disk is full'])
  shelf.fault = undefined
  storage.putHeads(heads(1))
  await storage.settled()
  expect(await keptPeriods(shelf)).toEqual([5, 6, 7])
  shelf.fault = new Error('full again')
  storage.putHeads(heads(2))
  await storage.settled()
  expect(problems.slice(2)).toEqual(['full again'])
})

test('a tab that does not lead keeps nothing; one that takes over keeps its chain from the checkpoint on', async () => {
  const { shelf, storage, problems } = world()
  const { store } = shelf
  await new LightClientKeeper(() => store).keep({ bootstrap: checkpoint(7), updates: [update(9)] }, 'given')
  shelf.store = undefined
  expect([await storage.load(), await storage.loadHeads()]).toEqual([undefined, undefined])
  storage.putCheckpoint(checkpoint(1))
  for (const period of [5, 6]) storage.putUpdate(update(period))
  await storage.settled()
  shelf.store = store
  storage.putHeads(heads(3))
  await storage.settled()
  expect(await storage.load()).toMatchObject({ checkpoint: checkpoint(1), updates: [update(5), update(6)] })
  expect(problems).toEqual([])
})

test('a chain that somebody replaced is not added to, until another begins', async () => {
  const { shelf, storage, problems } = world()
  storage.putCheckpoint(checkpoint(1))
  await storage.settled()
  await shelf.keeper.keep({ bootstrap: checkpoint(2), updates: [update(8)] }, 'given')
  for (const period of [5, 6]) {
    storage.putUpdate(update(period))
    await storage.settled()
  }
  expect(problems).toEqual(['what is kept is another chain, or none'])
  expect(await keptPeriods(shelf)).toEqual([8])
  storage.putCheckpoint(checkpoint(3))
  storage.putUpdate(update(5))
  await storage.settled()
  expect(await keptPeriods(shelf)).toEqual([5])
  expect(problems).toHaveLength(1)
})

test('before a chain began there is nothing to write', async () => {
  const { shelf, storage } = world()
  storage.putHeads(heads(1))
  storage.deleteUpdatesFrom(0)
  await storage.settled()
  expect(shelf.sent).toEqual([])
})

test('however writes fail and wait, what ends up there is what changes made one by one leave', async () => {
  const period = fc.integer({ min: 0, max: 9 })
  const step = fc.oneof(
    fc.record({ kind: fc.constant('checkpoint' as const), root: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('update' as const), period, byte: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('delete' as const), period }),
    fc.record({ kind: fc.constant('heads' as const), slot: period }),
    fc.record({ kind: fc.constant('fault' as const), fails: fc.boolean() }),
    fc.record({ kind: fc.constant('settle' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { shelf, storage } = world()
      const expected = {
        root: 0,
        updates: new Map<number, UpdateRecord>(),
        heads: undefined as HeadRecords | undefined,
      }
      const take = async (one: (typeof steps)[number] | { kind: 'checkpoint'; root: number }) => {
        switch (one.kind) {
          case 'checkpoint':
            storage.putCheckpoint(checkpoint(one.root))
            Object.assign(expected, { root: one.root, updates: new Map(), heads: undefined })
            break
          case 'update':
            storage.putUpdate(update(one.period, one.byte))
            expected.updates.set(one.period, update(one.period, one.byte))
            break
          case 'delete':
            storage.deleteUpdatesFrom(one.period)
            for (const kept of [...expected.updates.keys()]) if (kept >= one.period) expected.updates.delete(kept)
            break
          case 'heads':
            storage.putHeads(heads(one.slot))
            expected.heads = heads(one.slot)
            break
          case 'fault':
            shelf.fault = one.fails ? new Error('fails') : undefined
            break
          case 'settle':
            await storage.settled()
        }
      }
      await take({ kind: 'checkpoint', root: 1 })
      for (const one of steps) await take(one)
      await storage.settled()
      shelf.fault = undefined
      await take({ kind: 'heads', slot: 5 })
      await storage.settled()
      const byPeriod = [...expected.updates.values()].sort((a, b) => a.period - b.period)
      expect(await shelf.keeper.kept()).toMatchObject({ bootstrap: checkpoint(expected.root), updates: byPeriod })
      expect(await shelf.keeper.heads()).toEqual(expected.heads)
    }),
    { numRuns: 200 },
  )
})
