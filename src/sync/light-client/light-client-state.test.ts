import { beforeAll, expect, test } from 'vitest'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { checkpointData } from '../../consensus/checkpoint-data.ts'
import { CommitteeChain } from '../../consensus/committee-chain.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { asRoot } from '../../chain/bytes.ts'
import { MemoryStorage } from '../../testing/committee-chain.fixtures.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { LightClientState, type LightClientStateOptions } from './light-client-state.ts'
import type { HeadRecords } from './light-client-storage.ts'

let fixture: LightClientFixture
let verifier: SyncCommitteeVerifier

beforeAll(async () => {
  fixture = await LightClientFixture.load()
  verifier = await loadSyncCommitteeVerifier()
})

class Storage extends MemoryStorage {
  heads: HeadRecords | undefined
  putHeads(heads: HeadRecords) {
    this.heads = heads
  }
  loadHeads() {
    return Promise.resolve(this.heads)
  }
}

function started(options: Partial<LightClientStateOptions> = {}) {
  const { network } = fixture
  const clock = new SimulatedClock((network.genesisTime + 4 * PERIOD * network.slotSeconds) * 1000)
  const storage = new Storage()
  const state = new LightClientState({ network, clock, verifier, storage, ...options })
  const fired = { chain: 0, heads: 0 }
  state.chainChanged.subscribe(() => (fired.chain += 1))
  state.headsChanged.subscribe(() => (fired.heads += 1))
  const { bootstrap, root } = fixture.bootstrap(0)
  const chainOptions = { network, verifier, currentSlot: () => state.currentSlot(), storage }
  const begin = () => state.begin(new CommitteeChain(chainOptions, checkpointData(network, root, bootstrap)))
  return { state, storage, fired, begin }
}

const root = (byte: number) => asRoot(new Uint8Array(32).fill(byte))

test('without a chain nothing is believed', () => {
  const { state, fired } = started()
  expect(state.takeHead(fixture.update({ attestedSlot: 10 }), 'a').kind).toBe('noChain')
  expect(state.insert(fixture.update({ attestedSlot: 10 }))).toBeUndefined()
  expect(fired).toEqual({ chain: 0, heads: 0 })
})

test('a validated head is tracked with the server that brought it, kept, and told', () => {
  const { state, storage, fired, begin } = started()
  begin()
  const update = fixture.update({ attestedSlot: 20, finalizedSlot: 8, teaches: 'nothing' })
  expect(state.takeHead(update, 'a')).toMatchObject({ kind: 'valid', change: 'newer' })
  expect(state.takeHead(update, 'b')).toMatchObject({ kind: 'valid', change: 'known' })
  expect(state.optimistic).toMatchObject({ server: 'a' })
  expect(state.finality?.head.finalizedHeader.beacon.slot).toBe(8)
  expect(storage.heads?.finality).toBeDefined()
  expect(fired).toEqual({ chain: 1, heads: 2 })
})

test('heads of too few signers are valid and not used; the number may be raised, not lowered', () => {
  const update = (absent: number) =>
    fixture.update({ attestedSlot: 20, teaches: 'nothing', absent: Array.from({ length: absent }, (_, i) => i) })
  const usual = started()
  usual.begin()
  expect(usual.state.takeHead(update(11), 'a')).toMatchObject({
    kind: 'refused',
    error: { fault: { code: 'tooFewSigners' } },
  })
  expect(usual.state.takeHead(update(10), 'a')).toMatchObject({ change: 'newer' })
  const cautious = started({ usedSigners: 30 })
  cautious.begin()
  expect(cautious.state.takeHead(update(3), 'a')).toMatchObject({ kind: 'valid', change: 'known' })
  expect(cautious.state.optimistic).toBeUndefined()
  expect(cautious.state.takeHead(update(2), 'a')).toMatchObject({ change: 'newer' })
  for (const usedSigners of [0, 21, 33, Number.NaN]) expect(() => started({ usedSigners })).toThrow(RangeError)
})

test('two supermajorities for different committees end it, and a new chain begins it again', () => {
  const { state, begin } = started()
  begin()
  const update = (committeeOf: number) =>
    fixture.update({ attestedSlot: 30, finalizedSlot: 16, teaches: { committeeOf } })
  expect(state.insert(update(1))).toMatchObject({ kind: 'extended' })
  expect(state.insert(update(7))).toMatchObject({ kind: 'halted' })
  expect(state.dispute).toMatchObject({ kind: 'committees' })
  expect(state.takeHead(fixture.update({ attestedSlot: 40, teaches: 'nothing' }), 'a').kind).toBe('disputed')
  begin()
  expect(state.dispute).toBeUndefined()
  expect(state.takeHead(fixture.update({ attestedSlot: 40, teaches: 'nothing' }), 'a')).toMatchObject({
    change: 'newer',
  })
})

test('two supermajorities for different finalized blocks of a slot end it too', async () => {
  const { state, begin } = started()
  begin()
  const finality = { attestedSlot: 40, finalizedSlot: 16, teaches: 'nothing' } as const
  expect(state.takeHead(fixture.update(finality), 'a')).toMatchObject({ change: 'newer' })
  const other = (await LightClientFixture.load(fixture.network, 'other blocks')).update({
    ...finality,
    attestedSlot: 41,
  })
  expect(state.takeHead(other, 'b')).toMatchObject({ kind: 'disputed', dispute: { kind: 'finality' } })
  expect(state.finality?.server).toBe('a')
})

test('a wrong aggregate key takes back what taught it', async () => {
  const own = await LightClientFixture.load()
  own.forgeAggregateKey(1, own.committee(2).aggregatePubkey)
  const { state, begin } = started()
  begin()
  expect(state.insert(own.update({ attestedSlot: 30, finalizedSlot: 16 }))).toMatchObject({ kind: 'extended' })
  // Signed with the forged key, as whoever forged it could.
  const head = own.update({ attestedSlot: PERIOD + 5, signers: 2, teaches: 'nothing' })
  expect(state.takeHead(head, 'a')).toMatchObject({ kind: 'refused', error: { fault: { code: 'wrongAggregateKey' } } })
  expect(state.chain?.period).toBe(0)
})

test('the announced head is told when it becomes another one', () => {
  const { state, fired } = started()
  state.announce('a', { slot: 5, blockRoot: root(1) })
  state.announce('a', { slot: 5, blockRoot: root(1) })
  expect(fired.heads).toBe(1)
  state.announce('b', { slot: 6, blockRoot: root(2) })
  state.announce('a', { slot: 6, blockRoot: root(2) })
  expect(state.announced?.slot).toBe(6)
  expect(state.announcersOf({ slot: 6, blockRoot: root(2) })).toEqual(['b', 'a'])
  const before = fired.heads
  state.forgetServer('a')
  state.forgetServer('b')
  expect([state.announced, fired.heads]).toEqual([undefined, before + 1])
})
