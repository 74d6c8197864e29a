import { afterEach, beforeAll, expect, test } from 'vitest'
import { SyntheticChain } from '../../../server/devnet/light-client/synthetic-chain.ts'
import type { Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { encodeUpdate } from '../../consensus/containers/encode.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { chainSource } from '../../testing/chain-source.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import type { BeaconSource } from '../../testing/simulated-beacon-source.ts'
import type { CheckpointSource, FinalizedCheckpoint } from '../checkpoint/checkpoint-source.ts'
import { Beginning, MemoryShelf, clockAt, type BeginningOptions } from './checkpoint-init.fixtures.ts'
import { KEPT_SOURCE } from './checkpoint-init.ts'
import { StorageTimeoutError, claimedChain } from './kept-chain.ts'

/** Minimal preset: 8 slots an epoch, 64 a period. */
const network: Network = { ...fixtureNetwork(), weakSubjectivityEpochs: 30 }
const FIRST = 64
const LAST = 300
const NOW = LAST - 1
/** Months later, as minimal epochs go. */
const LATER = NOW + 31 * 8

let chain: SyntheticChain
/** Another validly signed history from slot 130 on. */
let rival: SyntheticChain
let truth: BeaconSource
let verifier: SyncCommitteeVerifier
let client: Beginning | undefined

beforeAll(async () => {
  const options = { network, seed: 'kept', firstSlot: FIRST, lastSlot: LAST }
  chain = await SyntheticChain.create(options)
  rival = await SyntheticChain.create({ ...options, branch: { fromSlot: 130, seed: 'rival', committees: 'other' } })
  truth = chainSource(network, chain)
  verifier = await loadSyncCommitteeVerifier()
})

afterEach(async () => {
  await client?.stop()
  client = undefined
})

const rootAt = (slot: number): Root => chain.blockAt(slot).root
const update = (from: SyntheticChain, slot: number): LightClientUpdate => from.update(from.blockAt(slot))
const headOf = (signature: number): LightClientUpdate => ({ ...update(chain, signature), nextSyncCommittee: undefined })

function beginning(options: Partial<BeginningOptions>): Beginning {
  client = new Beginning({ network, verifier, slot: NOW, ...options })
  return client
}

const node = ({ clock }: Beginning, source: BeaconSource = truth) =>
  new SimulatedBeaconServer({ name: 'a', network, clock, source, telling: 'silent' })

const agreeing = (says: () => FinalizedCheckpoint): readonly CheckpointSource[] =>
  ['a.example', 'b.example'].map((owner) => ({
    name: `https://${owner}`,
    owner,
    latest: () => Promise.resolve(says()),
    ofEpoch: () => Promise.resolve(says()),
  }))

/** What a visit leaves behind that began at `from` and followed the chain to {@link NOW}. */
async function visited(from: number): Promise<MemoryShelf> {
  const storage = new MemoryShelf()
  const visit = beginning({ storage, checkpoint: { given: rootAt(from) } })
  await visit.start([node(visit)])
  for (let period = Math.floor(from / 64); period < 4; period++) {
    expect(visit.state.insert(update(chain, period * 64 + 40))?.kind).toBe('extended')
  }
  visit.state.takeHead(headOf(NOW), 'a')
  expect(storage.heads?.finality).toBeDefined()
  await visit.stop()
  client = undefined
  return storage
}

test('a kept chain goes on without a question to anybody, its heads proven again', async () => {
  const storage = await visited(FIRST)
  const it = beginning({ storage })
  await it.start([], 1)
  expect(it.init.progress).toMatchObject({ kind: 'begun', by: 'kept' })
  expect(it.state.chain?.period).toBe(4)
  expect(it.state.optimistic).toMatchObject({ server: KEPT_SOURCE, head: { signatureSlot: NOW } })
  expect(it.state.finality?.head.finalizedHeader.beacon.slot).toBe(280)
})

test('each link is told as it is proven', async () => {
  const storage = await visited(FIRST)
  const it = beginning({ storage })
  const links: number[] = []
  it.init.progressed.subscribe(() => {
    const { progress } = it.init
    if (progress.kind === 'loading') links.push(progress.links)
  })
  await it.start([], 1)
  expect(links).toEqual([1, 2, 3])
})

test('a kept chain of the root that the user gives goes on; for another root all begins anew', async () => {
  const storage = await visited(FIRST)
  const same = beginning({ storage, checkpoint: { given: rootAt(FIRST) } })
  await same.start([], 1)
  expect(same.init.trust).toBe('given')
  expect(same.state.chain?.period).toBe(4)
  await same.stop()
  const other = beginning({ storage, checkpoint: { given: rootAt(136) } })
  await other.start([node(other)])
  expect(other.state.chain).toMatchObject({ period: 2 })
  expect(storage.checkpoint?.trustedRoot).toEqual(rootAt(136))
  expect(storage.updates.size).toBe(0)
})

test('a store months old is not gone on with: sources are asked, and why is told', async () => {
  const storage = await visited(FIRST)
  const alone = beginning({ storage, slot: LATER })
  await alone.start([node(alone)])
  expect(alone.state.chain).toBeUndefined()
  expect(alone.init.problem?.message).toMatch(/^too few independent sources/)
  expect(alone.policy.decision?.passedOver).toMatchObject([
    { by: 'kept', error: { name: 'WeakSubjectivityError', fault: { code: 'tooOld', ageEpochs: 33 } } },
  ])
  await alone.stop()
  const fresh = { epoch: 37, root: rootAt(296) }
  const asking = beginning({
    storage,
    slot: LATER,
    checkpoint: { sources: agreeing(() => fresh), oldCheckpoints: 'refuse' },
  })
  await asking.start([node(asking)])
  expect(asking.policy.decision).toMatchObject({ kind: 'refused', error: { fault: { code: 'tooOld' } } })
  await asking.stop()
  const allowed = beginning({ storage, slot: LATER, checkpoint: { oldCheckpoints: 'allow' } })
  await allowed.start([], 1)
  expect(allowed.init.trust).toBe('kept')
})

test('a claim of recent finality that the chain does not prove is no reason to go on with it', async () => {
  const storage = await visited(FIRST)
  // Somebody else of the origin writes heads that nobody signed.
  const forged = { ...headOf(NOW), signatureSlot: LATER, finality: { ...update(chain, NOW).finality! } }
  const beacon = { ...forged.finality.header.beacon, slot: LATER - 20 }
  const head = { ...forged, finality: { ...forged.finality, header: { ...forged.finality.header, beacon } } }
  storage.heads = { ...storage.heads!, finality: encodeUpdate(network, head, 'finalityUpdate') }
  expect(await claimedChain(network, storage, clockAt(network, LATER))).toMatchObject({ finalizedSlot: LATER - 20 })
  const it = beginning({ storage, slot: LATER })
  await it.start([node(it)])
  expect(it.state.chain).toBeUndefined()
  expect(it.policy.decision).toMatchObject({
    kind: 'refused',
    passedOver: [{ by: 'kept', error: { fault: { code: 'tooOld' } } }],
  })
})

test.each<[string, (storage: MemoryShelf) => void]>([
  ['whose bootstrap is torn', (storage) => (storage.checkpoint = { ...storage.checkpoint!, ssz: new Uint8Array(7) })],
  [
    'whose root is not of its bootstrap',
    (storage) => (storage.checkpoint = { ...storage.checkpoint!, trustedRoot: rootAt(136) }),
  ],
  ['that fails', (storage) => (storage.load = () => Promise.reject(new Error('the database is gone')))],
])('a store %s is passed over, and sources are asked', async (_, spoil) => {
  const storage = await visited(FIRST)
  spoil(storage)
  const it = beginning({ storage, checkpoint: { sources: agreeing(() => ({ epoch: 34, root: rootAt(272) })) } })
  await it.start([node(it)])
  expect(it.init.progress).toMatchObject({ kind: 'begun', by: 'quorum', root: rootAt(272) })
})

test('a store that never answers costs ten seconds for each look at it, not the start', async () => {
  const storage = new MemoryShelf()
  storage.load = () => new Promise(() => undefined)
  const it = beginning({ storage, checkpoint: { sources: agreeing(() => ({ epoch: 34, root: rootAt(272) })) } })
  await it.start([node(it)], 10_001)
  expect(it.policy.decision?.passedOver[0]?.error).toBeInstanceOf(StorageTimeoutError)
  await it.advance(10_500)
  expect(it.init.trust).toBe('quorum')
})

test('a spoiled link costs the links after it, no more', async () => {
  const storage = await visited(FIRST)
  const record = storage.updates.get(3)!
  storage.updates.set(3, { ...record, ssz: record.ssz.slice(1) })
  const it = beginning({ storage })
  await it.start([], 1)
  expect(it.state.chain?.period).toBe(3)
})

test('a chain in conflict is not gone on with: another root, of a quorum, begins another', async () => {
  const storage = await visited(FIRST)
  const now = { says: { epoch: 8, root: rootAt(FIRST) } }
  const it = beginning({ storage, checkpoint: { given: rootAt(FIRST), sources: agreeing(() => now.says) } })
  await it.start([node(it)])
  expect(it.state.insert(update(rival, 170))?.kind).toBe('halted')
  await it.advance(100)
  expect(it.state.dispute?.kind).toBe('committees')
  expect(it.init.progress).toEqual({ kind: 'deciding' })
  expect(it.init.problem).toMatchObject({ fault: { code: 'disputedRoot' } })
  now.says = { epoch: 34, root: rootAt(272) }
  await it.advance(5_000)
  expect(it.state.dispute).toBeUndefined()
  expect(it.init.progress).toMatchObject({ kind: 'begun', by: 'quorum', root: rootAt(272) })
  expect(it.init.problem).toBeUndefined()
})

test('evidence of a conflict outlives a reload', async () => {
  const storage = await visited(FIRST)
  const before = beginning({ storage })
  await before.start([], 1)
  expect(before.state.insert(update(rival, 170))?.kind).toBe('halted')
  await before.stop()
  const it = beginning({ storage })
  await it.start([node(it)])
  expect(it.state.dispute?.kind).toBe('committees')
  expect(it.init.progress).toEqual({ kind: 'deciding' })
})

test('closed while the storage is read, it begins nothing', async () => {
  const storage = await visited(FIRST)
  const it = beginning({ storage, checkpoint: { given: rootAt(FIRST) } })
  it.scheduler.start()
  it.policy.seek()
  it.init.close()
  await it.advance(1_000)
  expect(it.state.chain).toBeUndefined()
})
