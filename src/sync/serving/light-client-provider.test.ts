/** What one client gives, another one believes: through the same decoders and checks as anything from outside. */
import { beforeAll, expect, test } from 'vitest'
import { asRoot } from '../../chain/bytes.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { checkpointData } from '../../consensus/checkpoint-data.ts'
import { CommitteeChain } from '../../consensus/committee-chain.ts'
import { NO_STORAGE } from '../../consensus/committee-chain-storage.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import type { RequestKind, RequestOf, RequestServer, ResponseOf } from '../../network/request-server.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { LightClientState } from '../light-client/light-client-state.ts'
import { MAX_REQUEST_LIGHT_CLIENT_UPDATES } from '../../network/beacon/constants.ts'
import { LightClientProvider } from './light-client-provider.ts'
import { providerServer } from './provider-server.fixtures.ts'

let verifier: SyncCommitteeVerifier

beforeAll(async () => {
  verifier = await loadSyncCommitteeVerifier()
})

function client({ network }: LightClientFixture) {
  const clock = new SimulatedClock(200 * PERIOD * network.slotSeconds * 1_000)
  const storage = { ...NO_STORAGE, putHeads: () => undefined, loadHeads: () => Promise.resolve(undefined) }
  const state = new LightClientState({ network, clock, verifier, storage })
  const options = { network, verifier, currentSlot: () => state.currentSlot(), storage }
  return { state, options }
}

/** One that follows the fixture's chain from a period to a head in another. */
function informed(fixture: LightClientFixture, from: number, to: number) {
  const { state, options } = client(fixture)
  const { bootstrap, root } = fixture.bootstrap(from * PERIOD)
  state.begin(new CommitteeChain(options, checkpointData(fixture.network, root, bootstrap)))
  const update = (period: number) =>
    fixture.update({ attestedSlot: period * PERIOD + 30, finalizedSlot: period * PERIOD + 16 })
  for (let period = from; period < to; period++) expect(state.insert(update(period))?.kind).toBe('extended')
  const head = { teaches: 'nothing', attestedSlot: to * PERIOD + 20 } as const
  state.takeHead(fixture.update({ ...head, finalizedSlot: to * PERIOD }), 'a server')
  state.takeHead(fixture.update({ ...head, attestedSlot: to * PERIOD + 21 }), 'a server')
  return { state, root, provider: new LightClientProvider(state) }
}

function ask<K extends RequestKind>(server: RequestServer, kind: K, request: RequestOf<K>): Promise<ResponseOf<K>> {
  const answer = server.answers[kind]
  if (answer === undefined) throw new Error(`does not answer ${kind}`)
  return answer(request, new AbortController().signal)
}

test.each([
  ['of one fork', fixtureNetwork({ electra: 0 })],
  ['across forks', fixtureNetwork({ deneb: 0, electra: 20, gloas: 40 })],
])('a client syncs from another client, on a chain %s', async (_, network) => {
  const fixture = await LightClientFixture.load(network)
  const source = informed(fixture, 1, 8)
  const server = providerServer('another tab', network, source.provider)

  const { state, options } = client(fixture)
  const bootstrap = await ask(server, 'bootstrap', { blockRoot: source.root })
  state.begin(new CommitteeChain(options, checkpointData(network, source.root, bootstrap)))
  for (const decoded of await ask(server, 'updates', { startPeriod: 0, count: 100 })) {
    expect(decoded.kind === 'update' && state.insert(decoded.update)?.kind).toBe('extended')
  }
  expect(state.takeHead(await ask(server, 'finalityUpdate', {}), server.name)).toMatchObject({ change: 'newer' })
  expect(state.takeHead(await ask(server, 'optimisticUpdate', {}), server.name)).toMatchObject({ change: 'newer' })
  expect(state.chain?.period).toBe(8)
  expect(state.optimistic?.head.attestedHeader).toEqual(source.state.optimistic?.head.attestedHeader)
  expect(state.finality?.head.finalizedHeader).toEqual(source.state.finality?.head.finalizedHeader)
})

test('what is not held is absent', async () => {
  const fixture = await LightClientFixture.load()
  const { state } = client(fixture)
  const nothing = new LightClientProvider(state)
  const root = asRoot(new Uint8Array(32))
  expect([nothing.bootstrap(root), nothing.updates(0, 10)]).toEqual([undefined, []])
  expect([nothing.finalityUpdate(), nothing.optimisticUpdate()]).toEqual([undefined, undefined])
  const server = providerServer('an empty tab', fixture.network, nothing)
  await expect(ask(server, 'finalityUpdate', {})).rejects.toMatchObject({ fault: { code: 'absent' } })
  await expect(ask(server, 'bootstrap', { blockRoot: root })).rejects.toMatchObject({ fault: { code: 'absent' } })
})

test('updates from the earliest in range, and no more than one answer may hold', async () => {
  const fixture = await LightClientFixture.load()
  const { provider, state } = informed(fixture, 2, 6)
  const ssz = (period: number) => state.chain?.update(period)?.ssz
  const given = (start: number, count: number) => provider.updates(start, count).map((update) => update.ssz)
  expect(given(0, 100)).toEqual([2, 3, 4, 5].map(ssz))
  expect(given(3, 2)).toEqual([3, 4].map(ssz))
  expect(given(0, 3)).toEqual([ssz(2)])
  for (const [start, count] of [
    [0, 2],
    [6, 5],
    [3, 0],
    [-1, 5],
    [2.5, 3],
    [3, Number.NaN],
    [2 ** 60, 8],
  ] as const) {
    expect(given(start, count)).toEqual([])
  }
  const long = informed(fixture, 0, MAX_REQUEST_LIGHT_CLIENT_UPDATES + 3)
  expect(long.provider.updates(0, 1_000_000)).toHaveLength(MAX_REQUEST_LIGHT_CLIENT_UPDATES)
  expect(long.provider.updates(1, 1_000_000)).toHaveLength(MAX_REQUEST_LIGHT_CLIENT_UPDATES)
})

test('in a dispute nothing is given', async () => {
  const fixture = await LightClientFixture.load()
  const { provider, state, root } = informed(fixture, 0, 2)
  expect(provider.bootstrap(root)).toBeDefined()
  const other = fixture.update({ attestedSlot: PERIOD + 31, finalizedSlot: PERIOD, teaches: { committeeOf: 77 } })
  expect(state.insert(other)?.kind).toBe('halted')
  expect([provider.bootstrap(root), provider.updates(0, 10)]).toEqual([undefined, []])
  expect([provider.finalityUpdate(), provider.optimisticUpdate()]).toEqual([undefined, undefined])
})
