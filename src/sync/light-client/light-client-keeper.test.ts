import { beforeAll, beforeEach, expect, test } from 'vitest'
import { asHash, asRoot, type Keccak, type Root } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { createMemoryStore } from '../../state/store/memory-store.ts'
import { StoreError } from '../../state/store/store-error.ts'
import type { Store } from '../../state/store/store.ts'
import type { LightClientRecords } from '../light-client-records.ts'
import { NO_CHANGES } from './light-client-changes.ts'
import { LightClientKeeper } from './light-client-keeper.ts'

let keccak: Keccak
let store: Store
let keeper: LightClientKeeper

beforeAll(async () => {
  keccak = await loadKeccak()
})
beforeEach(() => {
  store = createMemoryStore({ network: 'mainnet', keccak })
  keeper = new LightClientKeeper(() => store)
})

const forkDigest = Uint8Array.of(1, 2, 3, 4)

const rootOf = (byte: number): Root => asRoot(new Uint8Array(32).fill(byte))

const checkpoint = (root: number) => ({ forkDigest, trustedRoot: rootOf(root), ssz: Uint8Array.of(root) })

const update = (period: number, byte = period) => ({ period, forkDigest, ssz: Uint8Array.of(byte) })

const updates = (...periods: readonly number[]) => new Map(periods.map((period) => [period, update(period)]))

function heads(slot: number) {
  const optimistic = { forkDigest, ssz: Uint8Array.of(slot) }
  const execution = { hash: asHash(rootOf(9)), number: 1 }
  return {
    optimistic,
    finality: undefined,
    summary: { optimisticSlot: slot, blockRoot: rootOf(8), finalizedSlot: undefined, execution },
  }
}

function chain(root: number, periods: readonly number[]): LightClientRecords {
  return { bootstrap: checkpoint(root), updates: periods.map((period) => update(period)) }
}

const keptPeriods = async () => (await keeper.kept())?.updates.map(({ period }) => period)

test('a chain from files grows, and never shrinks', async () => {
  expect(await keeper.keep(chain(1, [5, 6]), 'its own root')).toBeUndefined()
  expect(await keeper.keep(chain(1, [5, 6, 7]), 'its own root')).toBeUndefined()
  expect(await keeper.keep(chain(1, [5]), 'given')).toContain('longer')
  expect(await keptPeriods()).toEqual([5, 6, 7])
})

test('another chain takes its place only when the user vouches for its root', async () => {
  await keeper.keep(chain(1, [5, 6, 7]), 'given')
  expect(await keeper.keep(chain(2, [8, 9, 10, 11]), 'its own root')).toContain('give the root')
  expect(await keptPeriods()).toEqual([5, 6, 7])
  expect(await keeper.keep(chain(2, [8]), 'given')).toBeUndefined()
  expect(await keptPeriods()).toEqual([8])
})

test('a tab that does not lead keeps nothing', async () => {
  const without = new LightClientKeeper(() => undefined)
  expect(await without.keep(chain(1, [5]), 'given')).toContain('another tab')
  expect(await without.write(NO_CHANGES, rootOf(1))).toEqual({ kind: 'noStore' })
  expect([await without.kept(), await without.heads()]).toEqual([undefined, undefined])
})

test('changes are made in their order: a chain begins, loses its end, grows', async () => {
  const conflict = { known: update(6), other: update(6, 60) }
  const began = { ...NO_CHANGES, checkpoint: checkpoint(1), updates: updates(5, 6, 7), conflict, heads: heads(1) }
  expect(await keeper.write(began, rootOf(1))).toEqual({ kind: 'kept' })
  expect(await keeper.kept()).toEqual({ ...chain(1, [5, 6, 7]), bootstrap: checkpoint(1), conflict })
  await keeper.write({ ...NO_CHANGES, deleteUpdatesFrom: 6, updates: updates(6), heads: heads(2) }, rootOf(1))
  expect(await keptPeriods()).toEqual([5, 6])
  expect(await keeper.heads()).toEqual(heads(2))
  await keeper.write({ ...NO_CHANGES, checkpoint: checkpoint(2), updates: updates(9) }, rootOf(2))
  expect(await keeper.kept()).toEqual({ ...chain(2, [9]), conflict: undefined })
  expect(await keeper.heads()).toBeUndefined()
})

test('nothing is written onto another chain, nor onto none', async () => {
  expect(await keeper.write({ ...NO_CHANGES, updates: updates(5) }, rootOf(1))).toEqual({ kind: 'otherChain' })
  await keeper.keep(chain(2, [8]), 'given')
  expect(await keeper.write({ ...NO_CHANGES, heads: heads(3) }, rootOf(1))).toEqual({ kind: 'otherChain' })
  expect([await keptPeriods(), await keeper.heads()]).toEqual([[8], undefined])
})

test('calls of one moment do not mix', async () => {
  await keeper.keep(chain(1, [5]), 'given')
  const outcomes = await Promise.all([
    keeper.write({ ...NO_CHANGES, updates: updates(6) }, rootOf(1)),
    keeper.keep(chain(2, [8, 9]), 'given'),
    keeper.write({ ...NO_CHANGES, updates: updates(7) }, rootOf(1)),
  ])
  expect(outcomes).toEqual([{ kind: 'kept' }, undefined, { kind: 'otherChain' }])
  expect(await keptPeriods()).toEqual([8, 9])
})

test('a store that fails is an answer; what follows the failure in the same call is not written', async () => {
  await keeper.keep(chain(1, [5]), 'given')
  store.putUpdate = () => Promise.reject(new StoreError('write-failed', 'no luck'))
  const changes = { ...NO_CHANGES, updates: updates(6), heads: heads(2) }
  expect(await keeper.write(changes, rootOf(1))).toEqual({ kind: 'failed', problem: 'no luck' })
  expect(await keeper.heads()).toBeUndefined()
  expect(await keeper.keep(chain(1, [5, 6]), 'given')).toBe('no luck')
  await store.close()
  expect(await keeper.keep(chain(1, [5, 6]), 'given')).toContain('closed')
})
