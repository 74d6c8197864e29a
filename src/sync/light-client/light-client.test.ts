/** The whole light client, put together, among simulated beacon nodes. */
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { timeOfSlot } from '../../chain/beacon-config.ts'
import type { Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { FixtureObjects, fixtureSource } from '../../testing/fixture-source.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import { overriding, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { LightClient } from './light-client.ts'
import { NO_LIGHT_CLIENT_STORAGE } from './light-client-storage.ts'

const network = fixtureNetwork()
const SLOT = 4 * PERIOD + 20
const SLOT_MS = network.slotSeconds * 1_000
let fixture: LightClientFixture
let objects: FixtureObjects
let keccak: Keccak

beforeAll(async () => {
  fixture = await LightClientFixture.load(network)
  objects = new FixtureObjects(fixture)
  keccak = await loadKeccak()
})

/** Follows a chain from a checkpoint in the middle of a slot, by a clock of its own. */
async function following(sources: Readonly<Record<string, BeaconSource>>) {
  const clock = new SimulatedClock(timeOfSlot(network, SLOT + 0.5) * 1000)
  const { bootstrap, root } = fixture.bootstrap(4 * PERIOD)
  const servers = Object.entries(sources).map(
    ([name, source]) =>
      new SimulatedBeaconServer({
        name,
        network,
        clock,
        source: overriding(source, { bootstrap: () => bootstrap }),
      }),
  )
  const own = { ahead: 0, now: () => clock.now() + own.ahead, after: clock.after.bind(clock) }
  const client = new LightClient({
    network,
    clock: own,
    random: seededRandom(1),
    verifier: objects.verifier,
    keccak,
    storage: NO_LIGHT_CLIENT_STORAGE,
    servers,
    checkpoint: { given: root, sources: [], oldCheckpoints: 'allow' },
    onStatus: () => undefined,
  })
  client.start()
  onTestFinished(() => client.close())
  const advance = async (ms: number) => {
    await clock.advance(ms)
    await client.quiet()
  }
  await advance(2_000)
  return { clock, own, client, advance }
}

test('follows, and leaves no timer when it is closed, though servers lack what it asks for', async () => {
  const lacking = overriding(fixtureSource(objects), {
    headerByRoot: () => undefined,
    headerBySlot: () => undefined,
    stateProof: () => undefined,
    blockPayload: () => undefined,
    payloadEnvelope: () => undefined,
    executionHeader: () => undefined,
  })
  const { clock, client, advance } = await following({ lacking })
  await advance(10 * SLOT_MS)
  expect(client.status.stage.kind).toBe('following')
  expect(client.status.optimistic?.slot).toBe(SLOT + 9)
  client.close()
  await clock.advance(0)
  expect(clock.waiting).toBe(0)
})

test('while the clock is set back no head is followed; when it is right again one is, and no server is blamed', async () => {
  const { own, client, advance } = await following({ a: fixtureSource(objects), b: fixtureSource(objects) })
  const errors = () => client.status.servers.map(({ lastError }) => lastError)
  await advance(4 * SLOT_MS)
  expect(client.status.stage).toEqual({ kind: 'following' })
  own.ahead = -5_000
  await advance(100)
  expect(client.status.stage).toEqual({ kind: 'following' })
  own.ahead = -100_000
  await advance(2 * SLOT_MS)
  expect(client.status.stage).toMatchObject({ kind: 'clock-behind' })
  expect(client.status.optimistic?.slot).toBeGreaterThan(client.status.currentSlot)
  expect(errors()).toEqual([expect.stringMatching(/the current slot is/), expect.stringMatching(/the current slot is/)])
  own.ahead = 0
  await advance(2 * SLOT_MS)
  expect(client.status.stage).toEqual({ kind: 'following' })
  expect(errors()).toEqual([undefined, undefined])
})
