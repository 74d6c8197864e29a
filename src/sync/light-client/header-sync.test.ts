import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { SyntheticChain, type SyntheticBlock } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { chainSource } from '../../testing/chain-source.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer, type SimulatedBeaconOptions } from '../../testing/simulated-beacon-server.ts'
import { overriding, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'
import { HeaderSync, MAX_GAP_SLOTS } from './header-sync.ts'

const network = fixtureNetwork()
const START = 3 * PERIOD + 20
const LAST = START + 2 * MAX_GAP_SLOTS
let chain: SyntheticChain
/** Parts from {@link chain} four slots after the start. */
let branch: SyntheticChain
let truth: BeaconSource

beforeAll(async () => {
  const options = { network, seed: 'headers', firstSlot: PERIOD, lastSlot: LAST, missed: 0.15 }
  chain = await SyntheticChain.create(options)
  branch = await SyntheticChain.create({ ...options, branch: { fromSlot: START + 4, seed: 'branch' } })
  truth = chainSource(network, chain)
}, 120_000)

async function startedWith(
  sources: Readonly<Record<string, BeaconSource>>,
  more: Partial<SimulatedBeaconOptions> = {},
  tail?: number,
) {
  let headers!: HeaderSync
  const verifier = await loadSyncCommitteeVerifier()
  const modules = (light: Pick<SimulatedNetwork, 'state' | 'clock'>) => [(headers = new HeaderSync(light))]
  const net = new SimulatedNetwork({ network, verifier, slot: START, seed: 7, modules })
  if (tail !== undefined) headers.setTailTarget(tail)
  const servers = Object.entries(sources).map(
    ([name, source]) => new SimulatedBeaconServer({ name, network, clock: net.clock, source, ...more }),
  )
  const checkpoint = chain.blockAt(2 * PERIOD)
  net.start(checkpoint.root, chain.bootstrap(checkpoint), servers)
  return { net, headers, servers }
}

/** Roots of the canonical headers from tail to head. */
function canonical({ state }: SimulatedNetwork): string[] {
  const { head, tail } = state.headers
  if (head === undefined || tail === undefined) return []
  const slots = Array.from({ length: head.slot - tail.slot + 1 }, (_, i) => tail.slot + i)
  return slots.flatMap((slot) => {
    const header = state.headers.canonicalHeader(slot)
    return header === undefined ? [] : [bytesToHex(header.bodyRoot)]
  })
}

const between = (of: SyntheticChain, first: SyntheticBlock, last: SyntheticBlock): string[] =>
  of.blocks
    .filter(({ slot }) => slot >= first.slot && slot <= last.slot)
    .map(({ header }) => bytesToHex(header.beacon.bodyRoot))

/** What the head of a slot attests: the newest whose signatures are in a block that was seen. */
const attestedAt = (of: SyntheticChain, slot: number) => of.blockAt(of.blockAt(slot).slot - 1)

test('the validated head is canonical, and what comes after it links to it without a request', async () => {
  const { net, servers } = await startedWith({ honest: truth })
  await net.advanceToSlot(START + 12)
  expect(canonical(net)).toEqual(between(chain, attestedAt(chain, START), attestedAt(chain, START + 12)))
  // One header per slot, fetched early: the announced one.
  expect(servers[0]!.received.get('headerBySlot') ?? 0).toBeLessThan(6)
  net.scheduler.stop()
})

test('older headers are fetched down to the tail, over missed slots, in fewer steps than there are headers', async () => {
  const tail = START - 90
  const { net } = await startedWith({ honest: truth, other: truth }, {}, tail)
  await net.advanceSeconds(2)
  expect(canonical(net)).toEqual(between(chain, chain.blockAt(tail), attestedAt(chain, START)))
  net.scheduler.stop()
})

test('a server without headers by slot is asked by root alone', async () => {
  const lacking = overriding(truth, { headerBySlot: () => undefined })
  const { net } = await startedWith({ lacking }, {}, START - 20)
  await net.advanceSeconds(60)
  expect(net.state.headers.tail?.slot).toBeLessThanOrEqual(START - 20)
  net.scheduler.stop()
})

/** Nothing from START + 2 to `until`, as when a machine sleeps. */
async function pausedUntil(until: number, source: BeaconSource) {
  const { net, servers } = await startedWith({ server: source })
  const [server] = servers
  await net.advanceToSlot(START + 2)
  server!.telling = 'silent'
  server!.conduct = { kind: 'fails', ms: 10, fault: { code: 'unreachable' } }
  await net.advanceToSlot(until)
  server!.telling = 'news'
  server!.conduct = { kind: 'answers', ms: 50 }
  return { net, server: server! }
}

test('a gap after a pause is filled before the head moves, so that the old headers stay', async () => {
  const { net, server } = await pausedUntil(START + 60, truth)
  await net.advanceToSlot(START + 90)
  expect(canonical(net)).toEqual(between(chain, attestedAt(chain, START), attestedAt(chain, START + 90)))
  expect(server.received.get('headerBySlot')).toBeGreaterThan(30)
  net.scheduler.stop()
})

test('where the gap cannot be filled, the head moves without it when the next one comes', async () => {
  const withoutOld = overriding(truth, {
    headerBySlot: () => undefined,
    headerByRoot: (request, seen) => {
      const known = truth.answer('headerByRoot', request, seen)
      return known !== undefined && known.header.slot >= START + 40 ? known : undefined
    },
  })
  const { net } = await pausedUntil(START + 60, withoutOld)
  await net.advanceToSlot(START + 90)
  expect(net.state.headers.head?.slot).toBe(attestedAt(chain, START + 90).slot)
  net.scheduler.stop()
})

test('headers of another branch, asked for by slot, are dropped and nobody is blamed', async () => {
  const other = chainSource(network, branch)
  const astray = overriding(truth, { headerBySlot: (request, seen) => other.answer('headerBySlot', request, seen) })
  const { net, server } = await pausedUntil(START + 30, astray)
  await net.advanceToSlot(START + 50)
  expect(server.received.get('headerBySlot')).toBeGreaterThan(10)
  expect(canonical(net)).toEqual(between(chain, attestedAt(chain, START), attestedAt(chain, START + 50)))
  expect(net.server('server').quality.verification).toBeGreaterThan(0.5)
  net.scheduler.stop()
})

test('a header of another root or slot than asked for is a lie, and others are asked', async () => {
  const wrong = chain.blockAt(PERIOD + 7).header.beacon
  const known = { header: wrong, canonical: true, finalized: true }
  const liar = overriding(truth, { headerByRoot: () => known, headerBySlot: () => known })
  const { net } = await startedWith({ liar, honest: truth }, {}, START - 60)
  await net.advanceSeconds(20)
  expect(canonical(net).slice(0, 5)).toEqual(
    between(chain, chain.blockAt(START - 60), attestedAt(chain, START)).slice(0, 5),
  )
  expect(net.server('liar').lastError?.message).toMatch(/^liar gave for the header of/)
  expect(net.server('liar').quality.verification).toBeLessThan(0.5)
  expect(net.server('honest').quality.verification).toBeGreaterThan(0.5)
  net.scheduler.stop()
})

test('the announced head’s header is fetched early, from who announced it', async () => {
  const { net, servers } = await startedWith({ announcing: truth, silent: truth })
  servers[1]!.telling = 'silent'
  await net.advanceToSlot(START + 3)
  const announced = net.state.announced!
  expect(announced.blockRoot).toEqual(chain.headAt(START + 3).root)
  expect(net.state.headers.header(announced.blockRoot)).toBeDefined()
  expect(servers[1]!.received.get('headerByRoot') ?? 0).toBe(0)
  net.scheduler.stop()
})
