import { beforeAll, describe, expect, test } from 'vitest'
import { syncMessageDueMs, timeOfSlot } from '../../chain/beacon-config.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { checkpointData } from '../../consensus/checkpoint-data.ts'
import { CommitteeChain } from '../../consensus/committee-chain.ts'
import { NO_STORAGE } from '../../consensus/committee-chain-storage.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { LightClientFixture, PERIOD, type UpdateOptions } from '../../testing/light-client-fixture.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { LightClientState } from '../light-client/light-client-state.ts'
import { GossipRules, type GossipMessage } from './gossip-rules.ts'

let fixture: LightClientFixture
let verifier: SyncCommitteeVerifier

beforeAll(async () => {
  fixture = await LightClientFixture.load()
  verifier = await loadSyncCommitteeVerifier()
})

/** A client of the fixture's network at the end of period 1, with the committees of periods 0 and 1. */
function client() {
  const { network } = fixture
  const clock = new SimulatedClock(2 * PERIOD * network.slotSeconds * 1_000)
  const storage = { ...NO_STORAGE, putHeads: () => undefined, loadHeads: () => Promise.resolve(undefined) }
  const state = new LightClientState({ network, clock, verifier, storage })
  const begin = () => {
    const { bootstrap, root } = fixture.bootstrap(0)
    const options = { network, verifier, currentSlot: () => state.currentSlot(), storage }
    state.begin(new CommitteeChain(options, checkpointData(network, root, bootstrap)))
    state.insert(fixture.update({ attestedSlot: 30, finalizedSlot: 16 }))
  }
  const rules = new GossipRules(state)
  const judge = (kind: GossipMessage['kind'], update: LightClientUpdate, more: Partial<GossipMessage> = {}) =>
    rules.validate({ kind, update, sender: 'peer', receivedAt: clock.now(), ...more })
  return { state, begin, rules, judge }
}

function begun() {
  const world = client()
  world.begin()
  return world
}

const dueAt = (slot: number) => timeOfSlot(fixture.network, slot) * 1_000 + syncMessageDueMs(fixture.network, slot)

const optimistic = (attestedSlot: number, more: Partial<UpdateOptions> = {}) =>
  fixture.update({ attestedSlot, teaches: 'nothing', ...more })

const finality = (attestedSlot: number, finalizedSlot: number, more: Partial<UpdateOptions> = {}) =>
  optimistic(attestedSlot, { finalizedSlot, ...more })

const first = (count: number) => Array.from({ length: count }, (_, position) => position)

describe('finality updates', () => {
  test('each newer finalized slot is passed on once', () => {
    const { judge } = begun()
    expect(judge('finality', finality(70, 48))).toEqual({ kind: 'accept' })
    expect(judge('finality', finality(70, 48))).toEqual({ kind: 'ignore', reason: 'notNewer' })
    expect(judge('finality', finality(72, 48))).toEqual({ kind: 'ignore', reason: 'notNewer' })
    expect(judge('finality', finality(73, 40))).toEqual({ kind: 'ignore', reason: 'notNewer' })
    expect(judge('finality', finality(80, 56))).toEqual({ kind: 'accept' })
  })

  test('one that does not advance what is final for us is not passed on', () => {
    const { judge, state } = begun()
    state.takeHead(finality(70, 48), 'a server')
    expect(judge('finality', finality(71, 48))).toEqual({ kind: 'ignore', reason: 'nothingNew' })
    expect(judge('finality', optimistic(72))).toEqual({ kind: 'ignore', reason: 'nothingNew' })
    expect(judge('finality', finality(80, 56))).toEqual({ kind: 'accept' })
  })

  test('what was ignored does not count as passed on', () => {
    const { judge } = begun()
    const update = finality(70, 48)
    const due = dueAt(71)
    expect(judge('finality', update, { receivedAt: due - 501 })).toEqual({ kind: 'ignore', reason: 'early' })
    expect(judge('finality', update, { receivedAt: due - 500 })).toEqual({ kind: 'accept' })
  })
})

describe('optimistic updates', () => {
  test('each newer attested slot is passed on once', () => {
    const { judge } = begun()
    expect(judge('optimistic', optimistic(70))).toEqual({ kind: 'accept' })
    expect(judge('optimistic', optimistic(70))).toEqual({ kind: 'ignore', reason: 'notNewer' })
    expect(judge('optimistic', optimistic(69))).toEqual({ kind: 'ignore', reason: 'notNewer' })
    expect(judge('optimistic', optimistic(71))).toEqual({ kind: 'accept' })
  })

  test('early ones are ignored', () => {
    const { judge } = begun()
    const receivedAt = dueAt(71) - 501
    expect(judge('optimistic', optimistic(70), { receivedAt })).toEqual({ kind: 'ignore', reason: 'early' })
  })

  test('one that we knew is passed on only where it is part of the finality update that was passed on last', () => {
    const { judge, state } = begun()
    state.takeHead(optimistic(70), 'a server')
    expect(judge('optimistic', optimistic(70))).toEqual({ kind: 'ignore', reason: 'nothingNew' })
    const both = finality(75, 48)
    expect(judge('finality', both)).toEqual({ kind: 'accept' })
    const { finality: _, ...rest } = both
    expect(judge('optimistic', { ...optimistic(75, { absent: [3] }) })).toEqual({
      kind: 'ignore',
      reason: 'nothingNew',
    })
    expect(judge('optimistic', { ...rest, finality: undefined })).toEqual({ kind: 'accept' })
  })
})

describe.each(['finality', 'optimistic'] as const)('%s updates', (kind) => {
  const update = (attestedSlot: number, more: Partial<UpdateOptions> = {}) =>
    kind === 'finality' ? finality(attestedSlot, 48, more) : optimistic(attestedSlot, more)

  test('false ones are held against their sender', () => {
    const { judge, state } = begun()
    const good = update(70)
    const other = update(71)
    const otherHeader = { ...good, attestedHeader: other.attestedHeader, signatureSlot: 72 }
    expect(judge(kind, otherHeader)).toMatchObject({ kind: 'reject' })
    const signed = { ...good, syncAggregate: other.syncAggregate }
    expect(judge(kind, signed)).toMatchObject({ kind: 'reject', error: { fault: { code: 'badSignature' } } })
    expect(judge(kind, { ...good, signatureSlot: 70 })).toMatchObject({
      kind: 'reject',
      error: { fault: { code: 'slotOrder' } },
    })
    expect(judge(kind, update(70, { absent: first(32) }))).toMatchObject({
      kind: 'reject',
      error: { fault: { code: 'tooFewSigners', signers: 0 } },
    })
    expect([state.optimistic, state.finality]).toEqual([undefined, undefined])
    expect(judge(kind, good)).toEqual({ kind: 'accept' })
  })

  test('what we cannot judge or do not use is not', () => {
    const { judge } = begun()
    const far = 2 * PERIOD + 20
    const receivedAt = dueAt(far + 1)
    expect(judge(kind, update(far), { receivedAt })).toEqual({ kind: 'ignore', reason: 'notUsable' })
    const unknown = update(70, { signatureSlot: 2 * PERIOD })
    expect(judge(kind, unknown, { receivedAt })).toEqual({ kind: 'ignore', reason: 'otherPeriod' })
    expect(judge(kind, update(70, { absent: first(11) }))).toEqual({ kind: 'ignore', reason: 'notUsable' })
    expect(judge(kind, update(70, { absent: first(10) }))).toEqual({ kind: 'accept' })
  })

  test('without a chain, or with two, none is judged', () => {
    const { judge, begin, state } = client()
    expect(judge(kind, update(70))).toEqual({ kind: 'ignore', reason: 'noChain' })
    begin()
    state.insert(fixture.update({ attestedSlot: 31, finalizedSlot: 16, teaches: { committeeOf: 7 } }))
    expect(judge(kind, update(70))).toEqual({ kind: 'ignore', reason: 'disputed' })
  })

  test('the peer that brought it is known', () => {
    const { judge, state } = begun()
    judge(kind, update(70), { sender: 'tab 7' })
    expect(state.optimistic?.server).toBe('tab 7')
  })
})
