import { beforeAll, beforeEach, expect, test } from 'vitest'
import { asRoot, type Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { createMemoryStore } from '../state/store/memory-store.ts'
import type { Store } from '../state/store/store.ts'
import { keepLightClientRecords, keptLightClientRecords, type LightClientRecords } from './light-client-records.ts'

let keccak: Keccak
let store: Store

beforeAll(async () => {
  keccak = await loadKeccak()
})
beforeEach(() => {
  store = createMemoryStore({ network: 'mainnet', keccak })
})

function chain(root: number, periods: readonly number[]): LightClientRecords {
  const forkDigest = Uint8Array.of(1, 2, 3, 4)
  return {
    bootstrap: { forkDigest, trustedRoot: asRoot(new Uint8Array(32).fill(root)), ssz: Uint8Array.of(root) },
    updates: periods.map((period) => ({ period, forkDigest, ssz: Uint8Array.of(period) })),
  }
}

const keptPeriods = async () => (await keptLightClientRecords(store))?.updates.map(({ period }) => period)

test('a chain grows, and never shrinks', async () => {
  expect(await keepLightClientRecords(store, chain(1, [5, 6]), 'its own root')).toBeUndefined()
  expect(await keepLightClientRecords(store, chain(1, [5, 6, 7]), 'its own root')).toBeUndefined()
  expect(await keepLightClientRecords(store, chain(1, [5]), 'given')).toContain('longer')
  expect(await keptPeriods()).toEqual([5, 6, 7])
})

test('another chain takes its place only when the user vouches for its root', async () => {
  await keepLightClientRecords(store, chain(1, [5, 6, 7]), 'given')
  expect(await keepLightClientRecords(store, chain(2, [8, 9, 10, 11]), 'its own root')).toContain('give the root')
  expect(await keptPeriods()).toEqual([5, 6, 7])
  expect(await keepLightClientRecords(store, chain(2, [8]), 'given')).toBeUndefined()
  expect(await keptPeriods()).toEqual([8])
})

test('a tab that does not lead keeps nothing', async () => {
  expect(await keepLightClientRecords(undefined, chain(1, [5]), 'given')).toContain('another tab')
})
