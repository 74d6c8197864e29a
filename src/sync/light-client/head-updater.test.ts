import { beforeAll, describe, expect, test } from 'vitest'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { FixtureObjects, fixtureSource, type FixtureChain } from '../../testing/fixture-source.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import { behind, forging, overriding, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'
import { RefusedHeadError } from './head-updater.ts'

const network = fixtureNetwork()
/** Of the checkpoint, and of the slots that the tests run through unless they say otherwise. */
const NOW = 4
const EPOCH = 8
let fixture: LightClientFixture
let objects: FixtureObjects

beforeAll(async () => {
  fixture = await LightClientFixture.load(network)
  objects = new FixtureObjects(fixture)
})

function networkAt(slot: number): SimulatedNetwork {
  return new SimulatedNetwork({ network, verifier: objects.verifier, slot: NOW * PERIOD + slot, seed: 3 })
}

const server = (net: SimulatedNetwork, name: string, source: BeaconSource = fixtureSource(objects)) =>
  new SimulatedBeaconServer({ name, network, clock: net.clock, source })

function start(net: SimulatedNetwork, servers: readonly RequestServer[], checkpoint = NOW): void {
  const { bootstrap, root } = fixture.bootstrap(checkpoint * PERIOD)
  net.start(root, bootstrap, servers)
}

const attested = (net: SimulatedNetwork) => net.state.optimistic?.head.attestedHeader.beacon.slot
const finalized = (net: SimulatedNetwork) => net.state.finality?.head.finalizedHeader.beacon.slot
const slotOf = (net: SimulatedNetwork) => net.state.currentSlot()

/** Heads as given, updates of the true chain. */
const withHeads = (heads: FixtureChain): BeaconSource => {
  const source = fixtureSource(objects, heads)
  return overriding(fixtureSource(objects), {
    finalityUpdate: (request, seen) => source.answer('finalityUpdate', request, seen),
    optimisticUpdate: (request, seen) => source.answer('optimisticUpdate', request, seen),
  })
}

test('asks a new server for both heads, and follows its news from then on', async () => {
  const net = networkAt(20)
  const node = server(net, 'node')
  start(net, [node])
  await net.advanceSeconds(1)
  expect(attested(net)).toBe(slotOf(net) - 1)
  expect(finalized(net)).toBe(NOW * PERIOD)
  expect(net.state.optimistic?.server).toBe('node')
  await net.advanceToSlot(NOW * PERIOD + 40)
  expect(attested(net)).toBe(NOW * PERIOD + 39)
  expect(finalized(net)).toBe(NOW * PERIOD + 16)
  expect(net.state.announced?.slot).toBe(NOW * PERIOD + 40)
  expect(net.views.of(net.server('node'))).toMatchObject({
    announcedSlot: NOW * PERIOD + 40,
    claimedSlot: NOW * PERIOD + 40,
    validSlot: NOW * PERIOD + 39,
    finalizedSlot: NOW * PERIOD + 16,
  })
  expect(node.received.get('optimisticUpdate')).toBe(1)
  await net.stop()
})

test('asks a silent server for its finality once an epoch', async () => {
  const net = networkAt(20)
  const silent = server(net, 'silent')
  silent.telling = 'silent'
  start(net, [silent, server(net, 'node')])
  await net.advanceToSlot(NOW * PERIOD + 20 + 4 * EPOCH)
  expect(silent.received.get('finalityUpdate')).toBe(5)
  expect(silent.received.get('optimisticUpdate')).toBe(1)
  await net.stop()
})

test('asks again after a failure', async () => {
  const net = networkAt(20)
  const node = server(net, 'node')
  node.telling = 'silent'
  node.conduct = { kind: 'fails', ms: 10, fault: { code: 'unreachable' } }
  start(net, [node])
  await net.advanceSeconds(1)
  expect(attested(net)).toBeUndefined()
  node.conduct = { kind: 'answers', ms: 10 }
  await net.advanceSeconds(1.5)
  expect(attested(net)).toBe(slotOf(net) - 1)
  await net.stop()
})

test('keeps a head whose committee is still to come, and takes it when the chain has grown', async () => {
  const net = networkAt(20)
  const source = fixtureSource(objects)
  let isWithheld = true
  const slow = overriding(source, {
    updates: (request, seen) => (isWithheld ? undefined : source.answer('updates', request, seen)),
  })
  const node = server(net, 'node', slow)
  start(net, [node], NOW - 2)
  await net.advanceSeconds(1)
  node.telling = 'silent'
  const kept = slotOf(net) - 1
  await net.advanceSeconds(3 * network.slotSeconds)
  expect([attested(net), net.state.chain?.period]).toEqual([undefined, NOW - 2])
  expect(net.views.of(net.server('node')).problem).toBeUndefined()
  isWithheld = false
  const other = fixtureSource(objects)
  const headless = overriding(other, { finalityUpdate: () => undefined, optimisticUpdate: () => undefined })
  const updater = server(net, 'updater', headless)
  updater.telling = 'silent'
  net.scheduler.register(updater)
  await net.advanceSeconds(2)
  expect([attested(net), net.state.chain?.period]).toEqual([kept, NOW])
  expect(net.state.optimistic?.server).toBe('node')
  await net.stop()
})

test('names a server whose head is signed by others, and checks it once a slot', async () => {
  const net = networkAt(20)
  start(net, [server(net, 'liar', withHeads({ signerOf: (of) => of + 500 })), server(net, 'honest')])
  await net.advanceToSlot(NOW * PERIOD + 30)
  const liar = net.server('liar')
  const [error, before] = [liar.lastError, objects.checked]
  expect(error).toBeUndefined()
  expect(net.views.of(liar).problem).toBeInstanceOf(RefusedHeadError)
  await net.advanceToSlot(NOW * PERIOD + 40)
  // One of the liar's and two new heads at most of the honest one.
  expect(objects.checked - before).toBeLessThanOrEqual(10 * 3)
  expect(attested(net)).toBe(NOW * PERIOD + 39)
  expect(net.state.optimistic?.server).toBe('honest')
  await net.stop()
})

test('a server that has shown our committee and then sends a head signed by others lies', async () => {
  const net = networkAt(20)
  start(net, [server(net, 'liar', withHeads({ signerOf: (of) => of + 500 })), server(net, 'honest')], NOW - 2)
  await net.advanceToSlot(NOW * PERIOD + 30)
  const liar = net.server('liar')
  expect(liar.lastError).toBeInstanceOf(RefusedHeadError)
  expect(liar.lastError?.message).toMatch(
    /the (optimistic|finality) update of slot 2\d\d from liar is refused: signed by others/,
  )
  expect(liar.quality.verification).toBeLessThan(0.2)
  expect(net.state.optimistic?.server).toBe('honest')
  await net.stop()
})

test('a head of one signer is used by nobody and blamed on nobody', async () => {
  const net = networkAt(20)
  start(net, [server(net, 'few', withHeads({ signers: () => 1 })), server(net, 'honest')], NOW - 2)
  await net.advanceToSlot(NOW * PERIOD + 30)
  const few = net.server('few')
  expect(few.quality.verification).toBeGreaterThanOrEqual(0.5)
  expect(net.views.of(few).problem?.message).toMatch(/from few is refused: 1 of 32 members signed/)
  expect(net.state.optimistic?.server).toBe('honest')
  await net.stop()
})

test('a head from the future is not blamed: one slot ahead it waits, further it is said', async () => {
  const net = networkAt(20)
  const early = server(net, 'early', fixtureSource(objects))
  early.telling = 'silent'
  start(net, [early])
  await net.advanceSeconds(1)
  const next = slotOf(net) + 1
  const head = (seen: number) => fixtureSource(objects).answer('optimisticUpdate', {}, seen)!
  early.tell({ kind: 'optimisticUpdate', update: head(next) })
  await net.advanceSeconds(1)
  expect(attested(net)).toBe(next - 2)
  await net.advanceToSlot(next)
  early.tell({ kind: 'head', slot: next, blockRoot: net.state.announced?.blockRoot ?? fixture.bootstrap(0).root })
  await net.advanceSeconds(0.2)
  expect(attested(net)).toBe(next - 1)
  early.tell({ kind: 'optimisticUpdate', update: head(next + 40) })
  await net.advanceSeconds(1)
  expect(attested(net)).toBe(next - 1)
  expect(net.views.of(net.server('early')).problem?.message).toMatch(/but the current slot is/)
  expect(net.server('early').quality.verification).toBeGreaterThanOrEqual(0.5)
  await net.stop()
})

test('the same head from many servers is checked once', async () => {
  const net = networkAt(20)
  start(
    net,
    Array.from({ length: 8 }, (_, i) => server(net, `node ${i}`)),
  )
  await net.advanceSeconds(2)
  const before = objects.checked
  await net.advanceToSlot(NOW * PERIOD + 20 + EPOCH)
  expect(objects.checked - before).toBeLessThanOrEqual(EPOCH + 1)
  for (let i = 0; i < 8; i++) expect(net.views.of(net.server(`node ${i}`)).validSlot).toBe(slotOf(net) - 1)
  await net.stop()
})

test('a stale server never moves the head; how far it is behind is known', async () => {
  const net = networkAt(60)
  start(net, [server(net, 'stale', behind(fixtureSource(objects), 30))])
  await net.advanceSeconds(1)
  expect(attested(net)).toBe(NOW * PERIOD + 29)
  net.scheduler.register(server(net, 'honest'))
  await net.advanceToSlot(NOW * PERIOD + 62)
  for (let slot = 62; slot < 62 + 2 * EPOCH; slot++) {
    expect(attested(net)).toBe(NOW * PERIOD + slot - 1)
    await net.advanceToSlot(NOW * PERIOD + slot + 1)
  }
  const { validSlot, announcedSlot } = net.views.of(net.server('stale'))
  expect(slotOf(net) - (announcedSlot ?? 0)).toBe(30)
  expect(slotOf(net) - (validSlot ?? 0)).toBeLessThanOrEqual(31 + EPOCH)
  expect(net.server('stale').quality.verification).toBeGreaterThanOrEqual(0.5)
  await net.stop()
})

test('forgets a server that leaves', async () => {
  const net = networkAt(20)
  const node = server(net, 'node')
  start(net, [node])
  await net.advanceToSlot(NOW * PERIOD + 22)
  const handle = net.server('node')
  expect(net.state.announced).toBeDefined()
  net.scheduler.unregister(node)
  await net.advanceSeconds(1)
  expect(net.state.announced).toBeUndefined()
  expect(net.views.of(handle)).toEqual({})
  await net.stop()
})

describe('after the clock was a year ahead', () => {
  const YEAR_MS = 365 * 86_400_000

  test('a server that was muted then is heard again', async () => {
    const net = networkAt(20)
    const node = server(net, 'node')
    Object.assign(node, { telling: 'silent', conduct: { kind: 'stalls' } })
    start(net, [node])
    await net.advanceSeconds(1)
    const right = net.clock.now()
    net.clock.set(right + YEAR_MS)
    const forged = withHeads({ signerOf: (of) => of + 500 }).answer('optimisticUpdate', {}, NOW * PERIOD + 19)!
    node.tell({ kind: 'optimisticUpdate', update: forged })
    await net.advanceSeconds(1)
    expect(net.views.of(net.server('node')).problem).toBeInstanceOf(RefusedHeadError)
    net.clock.set(right)
    node.tell({ kind: 'optimisticUpdate', update: fixtureSource(objects).answer('optimisticUpdate', {}, slotOf(net))! })
    await net.advanceSeconds(1)
    expect(attested(net)).toBe(slotOf(net) - 1)
    expect(net.views.of(net.server('node')).problem).toBeUndefined()
    await net.stop()
  })

  test('a silent server is asked for its finality once an epoch, and one that is behind is checked as often', async () => {
    const net = networkAt(60)
    const stale = server(net, 'stale', behind(fixtureSource(objects), 30))
    const silent = server(net, 'silent')
    silent.telling = 'silent'
    start(net, [stale, silent])
    const right = net.clock.now()
    await net.advanceSeconds(1)
    net.clock.set(right + YEAR_MS)
    stale.tell({
      kind: 'optimisticUpdate',
      update: fixtureSource(objects).answer('optimisticUpdate', {}, NOW * PERIOD + 25)!,
    })
    await net.advanceSeconds(1)
    net.clock.set(right + 2_000)
    await net.advanceSeconds(1)
    const before = silent.received.get('finalityUpdate')!
    await net.advanceToSlot(slotOf(net) + 3 * EPOCH)
    expect(silent.received.get('finalityUpdate')! - before).toBeGreaterThanOrEqual(3)
    expect(slotOf(net) - (net.views.of(net.server('stale')).validSlot ?? 0)).toBeLessThanOrEqual(31 + EPOCH)
    await net.stop()
  })
})

test('two finalized blocks of one slot that two thirds signed are a dispute', async () => {
  const rivals = new FixtureObjects(await LightClientFixture.load(network, 'rival'))
  const verifier: SyncCommitteeVerifier = {
    ...objects.verifier,
    verify: (...claim) => {
      const verdict = objects.verifier.verify(...claim)
      return verdict.kind === 'valid' ? verdict : rivals.verifier.verify(...claim)
    },
  }
  const net = new SimulatedNetwork({ network, verifier, slot: NOW * PERIOD + 20, seed: 3 })
  const rival = server(net, 'rival', fixtureSource(rivals))
  start(net, [server(net, 'node')])
  await net.advanceSeconds(1)
  net.scheduler.register(rival)
  await net.advanceSeconds(1)
  expect(net.state.dispute?.kind).toBe('finality')
  expect(net.server('rival').quality.verification).toBeGreaterThanOrEqual(0.5)
  expect(net.state.finality?.server).toBe('node')
  await net.stop()
})

test('an object from before the first fork of the network breaks nothing', async () => {
  const later = fixtureNetwork({ electra: 2 * EPOCH })
  const at = new FixtureObjects(await LightClientFixture.load(later))
  const net = new SimulatedNetwork({ network: later, verifier: at.verifier, slot: NOW * PERIOD + 20, seed: 3 })
  const early = forging(fixtureSource(at), ({ attestedHeader, ...update }) => ({
    ...update,
    attestedHeader: { ...attestedHeader, beacon: { ...attestedHeader.beacon, slot: 3 } },
    finality: undefined,
  }))
  const nodes = { liar: early, honest: fixtureSource(at) }
  const servers = Object.entries(nodes).map(
    ([name, source]) => new SimulatedBeaconServer({ name, network: later, clock: net.clock, source }),
  )
  const { bootstrap, root } = at.fixture.bootstrap(NOW * PERIOD)
  net.start(root, bootstrap, servers)
  await net.advanceToSlot(NOW * PERIOD + 25)
  expect(attested(net)).toBe(NOW * PERIOD + 24)
  expect(net.server('liar').lastError?.message).toMatch(/slot 3, before the first fork/)
  await net.stop()
})
