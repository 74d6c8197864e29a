import fc from 'fast-check'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import { sourceOf } from '../../testing/simulated-beacon-source.ts'
import { rootOf } from '../simulated-server.fixtures.ts'
import { Beginning } from './checkpoint-init.fixtures.ts'
import { describeSkew } from './clock-watch.ts'

const SLOT = 4 * PERIOD
let fixture: LightClientFixture
let verifier: SyncCommitteeVerifier
let client: Beginning | undefined

beforeAll(async () => {
  fixture = await LightClientFixture.load()
  verifier = await loadSyncCommitteeVerifier()
})

afterEach(async () => {
  await client?.stop()
  client = undefined
})

/** @param count of servers */
async function watching(count: number) {
  const { network } = fixture
  const it = new Beginning({ network, verifier, slot: SLOT })
  client = it
  const source = sourceOf({}, () => undefined)
  const servers = Array.from(
    { length: count },
    (_, i) => new SimulatedBeaconServer({ name: `s${i}`, network, clock: it.clock, source, telling: 'silent' }),
  )
  await it.start(servers)
  const tellTimes = async (...ahead: readonly number[]) => {
    ahead.forEach((ms, i) => servers[i]?.tell({ kind: 'time', now: Math.floor((it.clock.now() + ms) / 1000) * 1000 }))
    await it.advance(200)
  }
  const tellHeads = async (...slots: readonly number[]) => {
    slots.forEach((slot, i) => servers[i]?.tell({ kind: 'head', slot, blockRoot: rootOf(1) }))
    await it.advance(200)
  }
  return { it, servers, watch: it.watch, tellTimes, tellHeads }
}

test('less than ten seconds are nobody’s business', async () => {
  const { watch, tellTimes } = await watching(3)
  await tellTimes(-9_000, 9_000, 8_000)
  expect(watch.skew).toBeUndefined()
  expect(watch.explain()).toBeUndefined()
})

test('most servers decide, whatever one of them says', async () => {
  const { watch, tellTimes } = await watching(3)
  await tellTimes(0, 1_000, 86_400_000)
  expect(watch.skew).toBeUndefined()
  await tellTimes(60_000, 61_000, 0)
  expect(watch.skew).toMatchObject({ by: 'times', servers: 3 })
  expect(watch.skew!.ms).toBeGreaterThan(-62_000)
  expect(watch.skew!.ms).toBeLessThan(-58_000)
  await tellTimes(0, 0, 0)
  expect(watch.skew).toBeUndefined()
})

test('one of two alone alarms nobody; both together do, and so does the only one', async () => {
  const two = await watching(2)
  await two.tellTimes(600_000, 0)
  expect(two.watch.skew).toBeUndefined()
  await two.tellTimes(600_000, 900_000)
  expect(two.watch.skew?.ms).toBeCloseTo(-600_000, -4)
  await two.it.stop()
  const one = await watching(1)
  await one.tellTimes(-40_000)
  expect(one.watch.explain()).toMatch(/(39|40|41) s ahead of the only server that tells its time/)
})

test('who is gone has no say any more', async () => {
  const { it, servers, watch, tellTimes } = await watching(2)
  await tellTimes(60_000, 60_000)
  expect(watch.skew).toBeDefined()
  for (const server of servers) it.scheduler.unregister(server)
  await it.advance(10)
  expect(watch.skew).toBeUndefined()
})

test('heads of slots to come show a clock that is behind; heads of the past show nothing', async () => {
  const { watch, tellHeads } = await watching(3)
  await tellHeads(SLOT + 1, SLOT - 100, SLOT - 100)
  expect(watch.skew).toBeUndefined()
  await tellHeads(SLOT + 101, SLOT + 100, SLOT)
  expect(watch.skew).toMatchObject({ by: 'heads', servers: 3 })
  expect(watch.explain()).toMatch(/at least \d+ minutes behind the heads that most of 3 servers announce/)
})

test('a signed head of a slot to come shows that the clock was set back', async () => {
  const { network } = fixture
  const { bootstrap, root } = fixture.bootstrap(0)
  const it = new Beginning({ network, verifier, slot: SLOT, checkpoint: { given: root } })
  client = it
  const source = sourceOf({ bootstrap: () => bootstrap }, () => undefined)
  await it.start([new SimulatedBeaconServer({ name: 'a', network, clock: it.clock, source, telling: 'silent' })])
  it.state.takeHead(fixture.update({ attestedSlot: 40, teaches: 'nothing' }), 'a')
  await it.advance(1_000)
  expect(it.watch.skew).toBeUndefined()
  // Time goes on, but the clock says otherwise.
  it.clock.now = () => (network.genesisTime + 10 * network.slotSeconds) * 1000
  it.state.headsChanged.fire()
  await it.advance(0)
  expect(it.watch.skew).toMatchObject({ by: 'validated', servers: 1 })
})

test('what is reported lies between what servers said, and never comes of less than half of them', async () => {
  const { watch, tellTimes } = await watching(5)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 5, maxLength: 5 }), async (ahead) => {
      await tellTimes(...ahead)
      const tolerance = 1_500
      const behind = ahead.filter((ms) => ms > 10_000 - tolerance).length
      const before = ahead.filter((ms) => ms < -10_000 + tolerance).length
      if (watch.skew !== undefined) expect(watch.skew.ms < 0 ? behind : before).toBeGreaterThanOrEqual(3)
    }),
    { numRuns: 50 },
  )
})

test('an explanation says which way, how far, by whom, and what to do', () => {
  expect(describeSkew({ ms: 3.2 * 365 * 86_400_000, by: 'times', servers: 3 })).toBe(
    "This machine's clock is 3.2 years ahead of most of 3 servers: set it, or nothing recent can be verified.",
  )
  expect(describeSkew({ ms: -30_000, by: 'validated', servers: 1 })).toBe(
    "This machine's clock is at least 30 s behind the newest head that two thirds of a committee have signed: set it, or nothing recent can be verified.",
  )
})
