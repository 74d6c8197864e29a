/** Sources over HTTP, as beacon nodes and checkpointz instances answer. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startBeaconApi, type BeaconApiServer } from '../../../server/beacon-api/beacon-api-server.ts'
import { startDevnetBeacon, type DevnetBeacon } from '../../../server/devnet/start-devnet-beacon.ts'
import { systemClock } from '../../chain/clock.ts'
import { platformTransport } from '../../network/http/transport.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { httpSource } from './http-source.ts'
import { askQuorum } from './quorum.ts'

const never = new AbortController().signal
const START = 1_795_255_200_000
const EPOCH_SLOTS = 8

let devnet: DevnetBeacon
let checkpointz: BeaconApiServer

beforeEach(async () => {
  // Empty boundaries too: a checkpoint is then the block before.
  const missed = (slot: number) => (slot % 24 === 0 ? 1 : 0)
  devnet = await startDevnetBeacon({ clock: new SimulatedClock(START), agePeriods: 2, chain: { missed } })
  checkpointz = await startBeaconApi({ source: devnet.source, checkpointz: 'served' })
})

afterEach(async () => {
  await checkpointz.close()
  await devnet.close()
})

const sourceAt = (url: string) => httpSource(url, devnet.network.preset, platformTransport(systemClock))

test('a node and a checkpointz instance agree on the newest checkpoint', async () => {
  const sources = [devnet.url, checkpointz.url].map(sourceAt)
  const quorum = await askQuorum({ sources, needed: 2, clock: systemClock, signal: never })
  const block = devnet.chain.blockByRoot(quorum.root)
  expect(block && devnet.chain.isCheckpoint(block)).toBe(true)
  expect(quorum.epoch).toBe(Math.ceil(block!.slot / EPOCH_SLOTS))
  expect(quorum.sources).toHaveLength(2)
})

test.each(['node', 'checkpointz'] as const)(
  'a %s that is ahead finds the epoch of one that is behind',
  async (which) => {
    const behind = await devnet.addServer(devnet.staleSource(EPOCH_SLOTS))
    const ahead = sourceAt(which === 'node' ? devnet.url : checkpointz.url)
    const sources = [ahead, sourceAt(behind.url)]
    const quorum = await askQuorum({ sources, needed: 2, clock: systemClock, signal: never })
    const newest = await ahead.latest(never)
    expect(quorum.epoch).toBe(newest.epoch - 1)
    expect(quorum.root).toEqual((await sources[1]!.latest(never)).root)
  },
)

test('both name the block before an empty boundary', async () => {
  const newest = (await sourceAt(devnet.url).latest(never)).epoch
  for (let epoch = newest; epoch > newest - 4; epoch--) {
    const roots = []
    for (const url of [devnet.url, checkpointz.url]) {
      const source = sourceAt(url)
      await source.latest(never)
      roots.push((await source.ofEpoch(epoch, never)).root)
    }
    expect(roots[0]).toEqual(roots[1])
    expect(roots[0]).toEqual(devnet.chain.blockAt(epoch * EPOCH_SLOTS).root)
  }
})
