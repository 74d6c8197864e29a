/** A devnet's beacon side as a client meets it: over HTTP, from its network file, by a clock. */
import { afterEach, expect, test } from 'vitest'
import { periodAtSlot } from '../../src/chain/beacon-preset.ts'
import type { ForkName } from '../../src/chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../src/consensus/bls.ts'
import { decodeBootstrap, decodeUpdate, decodeUpdateStream } from '../../src/consensus/containers/decode.ts'
import { initializeLightClientStore } from '../../src/consensus/protocol/initialize-light-client-store.ts'
import type { LightClientStore } from '../../src/consensus/protocol/light-client-store.ts'
import { processLightClientUpdate } from '../../src/consensus/protocol/process-light-client-update.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import type { DevnetBeacon, DevnetBeaconOptions } from './start-devnet-beacon.ts'
import { startDevnetBeacon } from './start-devnet-beacon.ts'

/** 2026-11-21 10:00:00 UTC. */
const START = 1_795_255_200_000
const SLOT = 6_000

let clock: SimulatedClock
let devnet: DevnetBeacon | undefined

afterEach(async () => {
  await devnet?.close()
  devnet = undefined
  expect(clock.waiting).toBe(0)
})

async function start(options: DevnetBeaconOptions = {}): Promise<DevnetBeacon> {
  clock = new SimulatedClock(START)
  devnet = await startDevnetBeacon({ clock, ...options })
  return devnet
}

const ssz = { headers: { Accept: 'application/octet-stream;q=1.0,application/json;q=0.9' } }

async function get(path: string): Promise<{ readonly version: ForkName; readonly bytes: Uint8Array }> {
  const response = await fetch(`${devnet?.url}/eth/v1/beacon/light_client/${path}`, ssz)
  expect([path, response.status]).toEqual([path, 200])
  const version = response.headers.get('eth-consensus-version') as ForkName
  return { version, bytes: new Uint8Array(await response.arrayBuffer()) }
}

/** From the network file's checkpoint to the newest finality and optimistic update, all over HTTP. */
async function followed({ network, live, checkpoint }: DevnetBeacon): Promise<LightClientStore> {
  const verifier = await loadSyncCommitteeVerifier()
  const context = { network, verifier, currentSlot: live.clockSlot }
  const root = network.checkpoint?.root
  if (root === undefined) throw new Error('the network file has no checkpoint')
  const { version, bytes } = await get(`bootstrap/0x${Buffer.from(root).toString('hex')}`)
  let store = initializeLightClientStore(network, root, decodeBootstrap(network, version, bytes))
  const from = periodAtSlot(network.preset, checkpoint.slot)
  const updates = await get(`updates?start_period=${from}&count=128`)
  for (const decoded of decodeUpdateStream(network, updates.bytes)) {
    if (decoded.kind === 'malformed') throw decoded.error
    store = processLightClientUpdate(context, store, decoded.update)
  }
  for (const [path, kind] of [
    ['finality_update', 'finalityUpdate'],
    ['optimistic_update', 'optimisticUpdate'],
  ] as const) {
    const head = await get(path)
    store = processLightClientUpdate(context, store, decodeUpdate(network, kind, head.version, head.bytes))
  }
  return store
}

test('is followed from the checkpoint of its network file to its head, and on as it grows', async () => {
  const one = await start()
  const store = await followed(one)
  expect(store.optimisticHeader).toEqual(one.chain.head.parent?.header)
  expect(store.finalizedHeader).toEqual(one.chain.head.parent?.finalized?.header)
  const before = one.chain.head.slot
  await clock.advance(20 * SLOT)
  expect(one.chain.head.slot).toBe(before + 20)
  expect((await followed(one)).optimisticHeader.beacon.slot).toBe(before + 19)
})

test.each([
  ['Altair to Gloas', { altair: 0, bellatrix: 4, capella: 8, deneb: 12, electra: 16, fulu: 20, gloas: 24 }],
  ['Deneb', { deneb: 0 }],
] as const)('any forks: %s', async (_, forks) => {
  const one = await start({ forks, agePeriods: 4.5, chain: { missed: 0.1, participation: 0.9 } })
  expect((await followed(one)).optimisticHeader.beacon.slot).toBe(one.chain.head.parent?.slot)
})

test('the mainnet preset', async () => {
  const one = await start({ preset: 'mainnet', agePeriods: 1.1, slotSeconds: 12 })
  expect((await followed(one)).optimisticHeader.beacon.slot).toBe(one.chain.head.parent?.slot)
})
