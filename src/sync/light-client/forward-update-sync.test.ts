import { beforeAll, expect, test, vi } from 'vitest'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { FixtureObjects, fixtureSource, type FixtureChain } from '../../testing/fixture-source.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer, type Conduct } from '../../testing/simulated-beacon-server.ts'
import { behind, forging, overriding, shifted, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'
import { COMPARED_PERIODS, MAX_PERIODS_AHEAD, UPDATES_PER_REQUEST } from './forward-update-sync.ts'
import { OtherPeriodsError, RefusedUpdateError } from './update-batch.ts'
import { UPDATES_PER_TURN, WithdrawnUpdateError } from './update-prover.ts'

const network = fixtureNetwork()
const FIRST = 2
const SEED = 7
let fixture: LightClientFixture
let objects: FixtureObjects

beforeAll(async () => {
  fixture = await LightClientFixture.load(network)
  objects = new FixtureObjects(fixture)
})

/** A client whose chain begins in period {@link FIRST}, now being the given slot of the given period. */
function networkAt(period: number, slot = 20): SimulatedNetwork {
  return new SimulatedNetwork({ network, verifier: objects.verifier, slot: period * PERIOD + slot, seed: SEED })
}

const server = (net: SimulatedNetwork, name: string, source: BeaconSource, conduct?: Conduct) =>
  new SimulatedBeaconServer({ name, network, clock: net.clock, source, ...(conduct && { conduct }) })

function start(net: SimulatedNetwork, servers: readonly RequestServer[]): void {
  const { bootstrap, root } = fixture.bootstrap(FIRST * PERIOD)
  net.start(root, bootstrap, servers)
}

/** Notes the ranges that a node is asked for. */
function recording(source: BeaconSource): { readonly source: BeaconSource; readonly asked: [number, number][] } {
  const asked: [number, number][] = []
  const recorded = overriding(source, {
    updates: (request, seen) => {
      asked.push([request.startPeriod, request.count])
      return source.answer('updates', request, seen)
    },
  })
  return { source: recorded, asked }
}

/** A chain that is the true one up to a period's committee, and another from there on. */
const branchFrom = (period: number): FixtureChain => ({
  committeeOf: (of) => (of < period ? of : of + 1000),
})

const trusted = (net: SimulatedNetwork, name: string) =>
  expect(net.server(name).quality.verification, name).toBeGreaterThanOrEqual(0.5)
const distrusted = (net: SimulatedNetwork, name: string) =>
  expect(net.server(name).quality.verification, name).toBeLessThan(0.5)
const period = (net: SimulatedNetwork) => net.updates.progress?.period

test('reaches the running period from several servers, asking for each period once', async () => {
  const net = networkAt(60)
  const records = [10, 300, 700].map((ms) => ({ ...recording(fixtureSource(objects)), ms }))
  start(
    net,
    records.map(({ source, ms }, i) => server(net, `node ${i}`, source, { kind: 'answers', ms })),
  )
  await net.advanceSeconds(5)
  expect(net.updates.progress).toEqual({ period: 60, target: 60, room: 'left' })
  const ranges = records.flatMap(({ asked }) => asked)
  const periods = ranges.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i))
  const notCompared = periods.filter((of) => of < 60 - COMPARED_PERIODS).toSorted((a, b) => a - b)
  expect(notCompared).toEqual(Array.from({ length: notCompared.length }, (_, i) => FIRST + i))
  for (const [, count] of ranges) expect(count).toBeLessThanOrEqual(UPDATES_PER_REQUEST)
  for (const { asked } of records) expect(asked.length).toBeGreaterThan(1)
  await net.stop()
})

test('never asks for more than the window beyond the chain', async () => {
  const net = networkAt(400)
  const { source, asked } = recording(fixtureSource(objects))
  const nothing = overriding(source, { updates: ({ startPeriod }) => (asked.push([startPeriod, 0]), undefined) })
  const servers = Array.from({ length: 20 }, (_, i) => server(net, `node ${i}`, nothing, { kind: 'stalls' }))
  start(net, servers)
  await net.advanceSeconds(0.9)
  const received = servers.reduce((sum, each) => sum + (each.received.get('updates') ?? 0), 0)
  expect(received).toBe(MAX_PERIODS_AHEAD / UPDATES_PER_REQUEST)
  await net.stop()
})

test('asks others for what is late, and takes the answer that comes first', async () => {
  const net = networkAt(12)
  const stalled = server(net, 'staller', fixtureSource(objects), { kind: 'stalls' })
  start(net, [stalled])
  await net.advanceSeconds(0.1)
  expect(stalled.received.get('updates')).toBeGreaterThan(0)
  net.scheduler.register(server(net, 'honest', fixtureSource(objects)))
  await net.advanceSeconds(0.8)
  expect(period(net)).toBe(FIRST)
  await net.advanceSeconds(1)
  expect(period(net)).toBe(12)
  await net.stop()
})

test('a server that has fewer than asked is no liar, and is not asked again at once', async () => {
  const net = networkAt(20)
  const lagging = server(net, 'lagging', behind(fixtureSource(objects), 10 * PERIOD))
  lagging.telling = 'silent'
  start(net, [lagging])
  await net.advanceSeconds(30)
  expect(period(net)).toBe(11)
  trusted(net, 'lagging')
  expect(lagging.received.get('updates')).toBeLessThan(8)
  net.scheduler.register(server(net, 'honest', fixtureSource(objects)))
  await net.advanceSeconds(5)
  expect(period(net)).toBe(20)
  await net.stop()
})

test('a server that kept only the newest periods serves those', async () => {
  const net = networkAt(20)
  const truth = fixtureSource(objects)
  const pruned = overriding(truth, {
    updates: ({ startPeriod, count }, seen) => {
      const first = Math.max(startPeriod, 14)
      return truth.answer('updates', { startPeriod: first, count: startPeriod + count - first }, seen)
    },
  })
  const old = server(net, 'old', behind(truth, 8 * PERIOD))
  start(net, [server(net, 'pruned', pruned), old])
  await net.advanceSeconds(60)
  expect(period(net)).toBe(13)
  old.source = behind(truth, 5 * PERIOD)
  await net.advanceSeconds(60)
  expect(period(net)).toBeGreaterThanOrEqual(20)
  trusted(net, 'pruned')
  trusted(net, 'old')
  await net.stop()
})

const forgeries: [string, (honest: BeaconSource) => BeaconSource, new (...args: never[]) => Error, RegExp][] = [
  [
    'the updates of other periods',
    (honest) => shifted(honest, 3),
    OtherPeriodsError,
    /asked for the updates of period/,
  ],
  [
    'more than it was asked for',
    (honest) =>
      overriding(honest, {
        updates: ({ startPeriod, count }, seen) => honest.answer('updates', { startPeriod, count: count + 20 }, seen),
      }),
    OtherPeriodsError,
    /others are asked/,
  ],
  [
    'updates of another network',
    () => fixtureSource(objects, { committeeOf: (of) => of + 2000 }),
    RefusedUpdateError,
    /signed by others/,
  ],
  [
    'wrong signatures',
    () => fixtureSource(objects, { signerOf: (of) => of + 1 }),
    RefusedUpdateError,
    /signed by others/,
  ],
  [
    'updates that one member signed',
    () => fixtureSource(objects, { signers: () => 1 }),
    RefusedUpdateError,
    /1 of 32 members signed/,
  ],
  [
    'swapped committees',
    (honest) => forging(honest, (update) => ({ ...update, nextSyncCommittee: swapped(update) })),
    RefusedUpdateError,
    /Merkle branch of the next sync committee/,
  ],
]

const swapped = (update: LightClientUpdate): LightClientUpdate['nextSyncCommittee'] =>
  update.nextSyncCommittee && { ...update.nextSyncCommittee, committee: fixture.committee(999) }

test.each(forgeries)('a server that sends %s is named and does not hold us up', async (_, lie, kind, message) => {
  const net = networkAt(30)
  const liar = server(net, 'liar', lie(fixtureSource(objects)), { kind: 'answers', ms: 5 })
  liar.telling = 'silent'
  start(net, [liar])
  await net.advanceSeconds(3)
  expect(period(net)).toBe(FIRST)
  const { lastError } = net.server('liar')
  expect(lastError).toBeInstanceOf(kind)
  expect(lastError?.message).toMatch(/liar/)
  expect(lastError?.message).toMatch(message)
  distrusted(net, 'liar')
  net.scheduler.register(server(net, 'honest', fixtureSource(objects)))
  await net.advanceSeconds(20)
  expect(period(net)).toBe(30)
  trusted(net, 'honest')
  await net.stop()
})

test('two valid updates of a new period that teach different committees are a dispute, and nobody is blamed', async () => {
  const net = networkAt(20)
  const rival = server(net, 'rival', fixtureSource(objects, branchFrom(20)))
  const honest = server(net, 'honest', fixtureSource(objects))
  rival.telling = honest.telling = 'silent'
  start(net, [honest, rival])
  await net.advanceSeconds(5)
  expect(net.state.dispute?.kind).toBe('committees')
  expect(net.state.chain?.conflict).toMatchObject({ known: { period: 19 }, other: { period: 19 } })
  for (const name of ['honest', 'rival']) trusted(net, name)
  const requests = () => (honest.received.get('updates') ?? 0) + (rival.received.get('updates') ?? 0)
  const before = requests()
  await net.advanceSeconds(600)
  expect(requests(), 'requests after the dispute').toBe(before)
  await net.stop()
})

test('a chain that left ours long ago, by an update that two thirds signed, is found by halving', async () => {
  const net = networkAt(60)
  const honest = server(net, 'honest', fixtureSource(objects), { kind: 'answers', ms: 1 })
  honest.telling = 'silent'
  start(net, [honest])
  await net.advanceSeconds(2)
  expect(period(net)).toBe(60)
  const rival = server(net, 'rival', fixtureSource(objects, branchFrom(17)))
  rival.telling = 'silent'
  net.scheduler.register(rival)
  await net.advanceSeconds(5)
  expect(net.state.chain?.conflict).toMatchObject({ known: { period: 16 }, other: { period: 16 } })
  expect(rival.received.get('updates')).toBeLessThan(10)
  trusted(net, 'rival')
  await net.stop()
})

test('a chain taught by weak updates improves when a server has better ones', async () => {
  const net = networkAt(10, 50)
  const weak = server(net, 'weak', fixtureSource(objects, { signers: () => 22 }))
  start(net, [weak])
  await net.advanceSeconds(5)
  expect(period(net)).toBeGreaterThanOrEqual(10)
  expect(net.state.chain?.score(9)?.signers).toBe(22)
  net.scheduler.register(server(net, 'strong', fixtureSource(objects)))
  await net.advanceSeconds(5)
  expect([8, 9].map((of) => net.state.chain?.score(of)?.signers)).toEqual([32, 32])
  expect(net.state.chain?.score(7)?.signers).toBe(22)
  trusted(net, 'weak')
  await net.stop()
})

test('what was the best while its period lasted is compared once it is over', async () => {
  const net = networkAt(10, 1)
  const growing: FixtureChain = { signers: (of, seen) => (seen < (of + 1) * PERIOD ? 22 : 32) }
  const { source, asked } = recording(fixtureSource(objects, growing))
  start(net, [server(net, 'node', source)])
  await net.advanceToSlot(10 * PERIOD + 63)
  expect(period(net)).toBe(11)
  expect(net.state.chain?.score(10)?.signers).toBe(22)
  await net.advanceToSlot(11 * PERIOD + 63)
  expect(period(net)).toBe(12)
  expect(net.state.chain?.score(10)?.signers).toBe(32)
  expect(asked.filter(([first]) => first >= 10)).toHaveLength(3)
  await net.stop()
})

test('the update of the running period is asked for at a moment of our own, once a header of the period is finalized', async () => {
  const moments = []
  for (let seed = 1; seed <= 12; seed++) {
    const net = new SimulatedNetwork({
      network,
      verifier: objects.verifier,
      slot: 10 * PERIOD + 1,
      seed: seed * 1_000_003,
    })
    start(net, [server(net, 'node', fixtureSource(objects))])
    for (let slot = 2; slot < PERIOD && (period(net) ?? 0) < 11; slot++) {
      await net.advanceToSlot(10 * PERIOD + slot)
      if (period(net) === 11) moments.push(slot)
    }
    await net.stop()
  }
  expect(moments.length).toBeGreaterThan(8)
  expect(Math.min(...moments), 'the update is there and finalizes something').toBeGreaterThan(16)
  expect(new Set(moments).size).toBeGreaterThan(3)
})

test('the thread gets a pause after a few updates', async () => {
  const net = networkAt(60)
  let burst = 0
  let longest = 0
  const after = net.clock.after.bind(net.clock)
  vi.spyOn(net.clock, 'after').mockImplementation((ms, run) => {
    return after(ms, () => {
      burst = 0
      run()
    })
  })
  net.state.chainChanged.subscribe(() => {
    burst += 1
    longest = Math.max(longest, burst)
  })
  start(net, [server(net, 'node', fixtureSource(objects))])
  await net.advanceSeconds(10)
  expect(period(net)).toBe(60)
  expect(longest).toBeLessThanOrEqual(UPDATES_PER_TURN)
  await net.stop()
})

test('a full chain is said, and nothing more is asked for', async () => {
  const net = networkAt(20)
  const node = server(net, 'node', fixtureSource(objects))
  node.telling = 'silent'
  vi.spyOn(net.state, 'insert').mockReturnValue({ kind: 'full', period: FIRST })
  start(net, [node])
  await net.advanceSeconds(300)
  expect(net.updates.progress).toEqual({ period: FIRST, target: 20, room: 'full' })
  expect(node.received.get('updates')).toBeLessThanOrEqual(3)
  trusted(net, 'node')
  await net.stop()
})

test('whoever taught a committee whose aggregate key is not the sum is named, and others teach the true one', async () => {
  const forged = await LightClientFixture.load(network)
  // Its aggregate key is that of another committee, which can so sign in its name.
  forged.forgeAggregateKey(1006, forged.committee(3000).aggregatePubkey)
  const signed = new FixtureObjects(forged)
  const verifier = await loadSyncCommitteeVerifier()
  const net = new SimulatedNetwork({ network, verifier, slot: 6 * PERIOD + 20, seed: SEED })
  const liar = server(
    net,
    'liar',
    fixtureSource(signed, {
      committeeOf: (of) => (of < 6 ? of : of + 1000),
      signerOf: (of) => (of < 6 ? of : 3000),
    }),
  )
  start(net, [liar])
  await net.advanceSeconds(12)
  expect(net.server('liar').lastError).toBeInstanceOf(WithdrawnUpdateError)
  distrusted(net, 'liar')
  expect(net.state.optimistic).toBeUndefined()
  net.scheduler.register(server(net, 'honest', fixtureSource(objects)))
  await net.advanceSeconds(30)
  expect(net.state.dispute).toBeUndefined()
  expect(net.state.optimistic?.server).toBe('honest')
  await net.stop()
})
