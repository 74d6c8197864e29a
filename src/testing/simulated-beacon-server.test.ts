import { beforeAll, expect, test } from 'vitest'
import { timeOfSlot } from '../chain/beacon-config.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { ServerNews } from '../network/request-server.ts'
import { SyntheticChain } from '../../server/devnet/light-client/synthetic-chain.ts'
import { chainSource } from './chain-source.ts'
import { fixtureNetwork } from './fixture-network.ts'
import { PERIOD } from './light-client-fixture.ts'
import { SimulatedBeaconServer } from './simulated-beacon-server.ts'
import { behind, shifted, type BeaconSource } from './simulated-beacon-source.ts'
import { SimulatedClock } from './simulated-clock.ts'

const network = fixtureNetwork()
const HEAD = 20 * PERIOD + 40
let source: BeaconSource

beforeAll(async () => {
  const options = { network, seed: 'server', firstSlot: 16, lastSlot: HEAD + PERIOD, sparseBefore: 19 * PERIOD }
  source = chainSource(network, await SyntheticChain.create(options))
})

const clockAt = (slot: number) => new SimulatedClock((timeOfSlot(network, slot) + network.slotSeconds / 2) * 1000)
const periodsOf = (at: BeaconSource, startPeriod: number, count: number) =>
  at
    .answer('updates', { startPeriod, count }, HEAD)
    ?.map((one) => one.kind === 'update' && periodAtSlot(network.preset, one.update.attestedHeader.beacon.slot))

test('a node serves the best update of each period, the current one among them', () => {
  expect(periodsOf(source, 17, 8)).toEqual([17, 18, 19, 20])
  expect(periodsOf(source, 21, 8)).toEqual([])
  expect(periodsOf(behind(source, PERIOD), 17, 8)).toEqual([17, 18, 19])
  expect(periodsOf(shifted(source, -3), 17, 2)).toEqual([14, 15])
})

test('it tells each slot once its block is there, and finality when it changes', async () => {
  const clock = clockAt(HEAD)
  const server = new SimulatedBeaconServer({ name: 'node', network, clock, source })
  const told: ServerNews[] = []
  const unsubscribe = server.subscribe((news) => told.push(news))
  await clock.advance(8 * network.slotSeconds * 1000)
  const slots = told.flatMap((news) => (news.kind === 'head' ? [news.slot] : []))
  expect(slots).toEqual(Array.from({ length: 8 }, (_, i) => HEAD + 1 + i))
  expect(told.filter(({ kind }) => kind === 'optimisticUpdate')).toHaveLength(8)
  expect(told.filter(({ kind }) => kind === 'finalityUpdate')).toHaveLength(1)
  unsubscribe()
  expect(clock.waiting).toBe(0)
})

test('it answers after a while, fails or stalls as it is told', async () => {
  const clock = clockAt(HEAD)
  const server = new SimulatedBeaconServer({ name: 'node', network, clock, source })
  const settled: string[] = []
  const abort = new AbortController()
  const ask = () =>
    server.answers.optimisticUpdate?.({}, abort.signal).then(
      ({ attestedHeader }) => settled.push(`slot ${attestedHeader.beacon.slot}`),
      (error: Error) => settled.push(error.message),
    )
  void ask()
  await clock.advance(49)
  expect(settled).toEqual([])
  await clock.advance(1)
  expect(settled).toEqual([`slot ${HEAD - 1}`])
  server.conduct = { kind: 'fails', ms: 10, fault: { code: 'unreachable' } }
  void ask()
  await clock.advance(10)
  expect(settled[1]).toBe('node was asked for optimisticUpdate: unreachable')
  server.conduct = { kind: 'stalls' }
  void ask()
  await clock.advance(60_000)
  expect(settled).toHaveLength(2)
  expect(server.received.get('optimisticUpdate')).toBe(3)
})
