/** Whatever servers do, nothing unproven is tracked; and one that answers truthfully is enough to reach the head. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { bytesToHex } from '@ethereumjs/util'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import { participants, type LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { supermajority } from '../../consensus/supermajority.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { FixtureObjects, fixtureSource } from '../../testing/fixture-source.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer, type Conduct, type Telling } from '../../testing/simulated-beacon-server.ts'
import { behind, forging, overriding, shifted, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'

const network = fixtureNetwork()
const FIRST = 2
const START = 14 * PERIOD + 50
const OTHERS = 3
let fixture: LightClientFixture
let objects: FixtureObjects

beforeAll(async () => {
  fixture = await LightClientFixture.load(network)
  objects = new FixtureObjects(fixture)
})

/** What a server may hold, by name: a counterexample then reads as one. */
const holdings = {
  truth: () => fixtureSource(objects),
  'truth of 3 slots ago': () => behind(fixtureSource(objects), 3),
  'truth of 5 periods ago': () => behind(fixtureSource(objects), 5 * PERIOD),
  'updates of later periods': () => shifted(fixtureSource(objects), 2),
  'updates of earlier periods': () => shifted(fixtureSource(objects), -1),
  'no updates': () => overriding(fixtureSource(objects), { updates: () => undefined }),
  'updates of old periods only': () => {
    const truth = fixtureSource(objects)
    return overriding(truth, { updates: (request, seen) => truth.answer('updates', request, seen - 6 * PERIOD) })
  },
  'another network': () => fixtureSource(objects, { committeeOf: (of) => of + 2000 }),
  'wrong signatures': () => fixtureSource(objects, { signerOf: (of) => of + 1 }),
  'wrong signatures in some periods': () => fixtureSource(objects, { signerOf: (of) => (of % 4 === 1 ? of + 1 : of) }),
  // It shares the true chain's beginning, and leaves it by an update that only its own committee signed.
  'a branch of its own': () =>
    fixtureSource(objects, {
      committeeOf: (of) => (of < 9 ? of : of + 1000),
      signerOf: (of) => (of < 8 ? of : of + 1000),
    }),
  'one signer': () => fixtureSource(objects, { signers: () => 1 }),
  'few signers of heads': () =>
    fixtureSource(objects, { signers: (of, seen) => (seen > START ? 21 : of % 2 ? 22 : 32) }),
  'swapped committees': () =>
    forging(fixtureSource(objects), (update) => ({
      ...update,
      nextSyncCommittee: update.nextSyncCommittee && { ...update.nextSyncCommittee, committee: fixture.committee(7) },
    })),
  'slots of the future': () => behind(fixtureSource(objects), -20),
} satisfies Record<string, () => BeaconSource>

const conducts: fc.Arbitrary<Conduct> = fc.oneof(
  fc.record({ kind: fc.constant('answers' as const), ms: fc.nat(12_000) }),
  fc.record({ kind: fc.constant('answers' as const), ms: fc.nat(500) }),
  fc.record({
    kind: fc.constant('fails' as const),
    ms: fc.nat(3000),
    fault: fc.constantFrom(
      { code: 'absent' as const },
      { code: 'unreachable' as const },
      { code: 'malformed' as const },
    ),
  }),
  fc.constant<Conduct>({ kind: 'stalls' }),
)

const behaviours = fc.record({
  server: fc.nat(OTHERS - 1),
  holding: fc.constantFrom(...(Object.keys(holdings) as (keyof typeof holdings)[])),
  conduct: conducts,
  telling: fc.constantFrom<Telling>('news', 'silent'),
  seconds: fc.nat(20),
})

test('the true head is reached, and nothing but what the true committees signed is tracked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviours, { minLength: OTHERS, maxLength: 9 }),
      fc.nat(900),
      fc.nat(1_000_000),
      async (script, honestMs, seed) => {
        const net = new SimulatedNetwork({ network, verifier: objects.verifier, slot: START, seed })
        const node = (name: string, conduct?: Conduct) => {
          const source = fixtureSource(objects)
          return new SimulatedBeaconServer({ name, network, clock: net.clock, source, ...(conduct && { conduct }) })
        }
        const others = Array.from({ length: OTHERS }, (_, i) => node(`other ${i}`))
        for (const { server, holding, conduct, telling } of script.slice(0, OTHERS)) {
          Object.assign(others[server]!, { source: holdings[holding](), conduct, telling })
        }
        const { bootstrap, root } = fixture.bootstrap(FIRST * PERIOD)
        net.start(root, bootstrap, [...others, node('honest', { kind: 'answers', ms: honestMs })])
        const slots: number[] = []
        for (const { server, holding, conduct, telling, seconds } of script.slice(OTHERS)) {
          await net.advanceSeconds(seconds)
          expectProven(net, slots)
          Object.assign(others[server]!, { source: holdings[holding](), conduct, telling })
        }
        for (let step = 0; step < 12; step++) {
          await net.advanceSeconds(5)
          expectProven(net, slots)
        }
        const head = net.state.optimistic?.head.attestedHeader.beacon.slot ?? 0
        expect(net.state.currentSlot() - head).toBeLessThanOrEqual(2)
        expect(net.updates.progress?.period).toBeGreaterThanOrEqual(periodAtSlot(network.preset, START))
        expect(net.server('honest').quality.verification, 'an honest server was blamed').toBeGreaterThanOrEqual(0.5)
        await net.stop()
      },
    ),
    { numRuns: 60 },
  )
}, 240_000)

/** @param slots of the heads seen so far: they never go back */
function expectProven({ state }: SimulatedNetwork, slots: number[]): void {
  expect(state.dispute).toBeUndefined()
  const { chain, optimistic, finality } = state
  for (let period = FIRST; period <= (chain?.period ?? 0); period++) {
    const known = chain?.committee(period)?.committee.aggregatePubkey ?? new Uint8Array()
    expect(bytesToHex(known)).toBe(bytesToHex(fixture.committee(period).aggregatePubkey))
  }
  for (const head of [optimistic?.head, finality?.head])
    if (head !== undefined) expectSignedByTrueCommittee(head.update)
  const slot = optimistic?.head.attestedHeader.beacon.slot ?? 0
  expect(slot).toBeGreaterThanOrEqual(slots.at(-1) ?? 0)
  slots.push(slot)
}

function expectSignedByTrueCommittee(update: LightClientUpdate): void {
  const period = periodAtSlot(network.preset, update.signatureSlot)
  expect(objects.signerOf(update)).toBe(bytesToHex(fixture.committee(period).aggregatePubkey))
  expect(participants(update)).toBeGreaterThanOrEqual(supermajority(network.preset))
}
