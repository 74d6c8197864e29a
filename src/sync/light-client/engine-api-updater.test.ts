import { bytesToHex } from '@ethereumjs/util'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { SyntheticBlock } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { madeUpPayloads } from '../../../server/devnet/light-client/execution-payloads.ts'
import { SyntheticChain, type SyntheticChainOptions } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { forkAtSlot, timeOfSlot } from '../../chain/beacon-config.ts'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { checkpointData } from '../../consensus/checkpoint-data.ts'
import { CommitteeChain } from '../../consensus/committee-chain.ts'
import { executionBlockHash } from '../../consensus/containers/light-client-objects.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { EngineApi } from '../../network/engine/engine-api.ts'
import { engineVersions } from '../../network/engine/engine-versions.ts'
import { platformTransport } from '../../network/http/transport.ts'
import { RequestError, type Answers, type RequestServer } from '../../network/request-server.ts'
import { MemoryStorage } from '../../testing/committee-chain.fixtures.ts'
import { FakeEngine } from '../../testing/fake-engine.ts'
import { fixtureNetwork, type ForkEpochs } from '../../testing/fixture-network.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { Scheduler } from '../scheduler.ts'
import { Signal } from '../signal.ts'
import { EngineApiUpdater } from './engine-api-updater.ts'
import type { EngineStatus } from './engine/engine-status.ts'
import { RETRY_MIN_MS } from './engine/constants.ts'
import { LightClientState } from './light-client-state.ts'

const secret = new Uint8Array(32).fill(0x77)
const genesis = asHash(new Uint8Array(32).fill(9))
const ZERO_HASH = `0x${'00'.repeat(32)}`

let keccak: Keccak
let verifier: SyncCommitteeVerifier
let ends: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  keccak = await loadKeccak()
  verifier = await loadSyncCommitteeVerifier()
})

afterEach(async () => {
  for (const end of ends) await end()
  ends = []
})

class Storage extends MemoryStorage {
  putHeads() {}
  loadHeads() {
    return Promise.resolve(undefined)
  }
}

type SceneOptions = { readonly forks?: ForkEpochs } & Partial<SyntheticChainOptions>

/** A beacon chain, servers that have its payloads, and an execution client that has nothing but its genesis. */
async function scene({ forks = { electra: 0 }, ...options }: SceneOptions = {}) {
  const network = fixtureNetwork(forks)
  const chain = await SyntheticChain.create({
    network,
    seed: 'engine',
    firstSlot: 0,
    lastSlot: 60,
    payloads: madeUpPayloads(network, 'engine', { blockHash: genesis, blockNumber: 0 }),
    ...options,
  })
  const beaconClock = new SimulatedClock(timeOfSlot(network, 1_000) * 1_000)
  const storage = new Storage()
  const state = new LightClientState({ network, clock: beaconClock, verifier, storage })
  const first = chain.blockAt(0)
  const chainOptions = { network, verifier, currentSlot: () => state.currentSlot(), storage }
  state.begin(new CommitteeChain(chainOptions, checkpointData(network, first.root, chain.bootstrap(first))))

  const engine = new FakeEngine({ secret, genesis: { hash: bytesToHex(genesis), number: 0, parentHash: ZERO_HASH } })
  await engine.start()
  const abort = new AbortController()
  const clock = new SimulatedClock()
  const payloadsChanged = new Signal('payloads')
  const payloadOf = (hash: Hash) => chain.blockByPayload(hash)?.execution.payload?.carried
  const updater = new EngineApiUpdater({
    state,
    engine: new EngineApi({
      url: engine.url,
      secret,
      transport: platformTransport(systemClock),
      signal: abort.signal,
    }),
    clock,
    keccak,
    blocks: { payload: payloadOf, payloadsChanged },
  })
  const faults: unknown[] = []
  const scheduler = new Scheduler({
    clock: systemClock,
    random: seededRandom(42),
    modules: [updater],
    onModuleFault: (_, error) => faults.push(error),
  })
  const server = serverOf('honest', chain)
  scheduler.register(server)
  ends.push(async () => {
    updater.close()
    scheduler.stop()
    abort.abort()
    await engine.stop()
    expect(faults).toEqual([])
  })
  /** Makes the block of that slot the head in use; the next block of its branch carries the signatures. */
  const setHead = (slot: number) => {
    const signature = chain.blocks.find((block) => block.parent?.slot === slot) ?? chain.headAt(slot + 1)
    const period = periodAtSlot(network.preset, signature.slot)
    const missing = chain.bestUpdate(period - 1)
    if (period > (state.chain?.period ?? 0) && missing !== undefined) state.insert(missing)
    expect(state.takeHead(chain.update(signature), 'test')).toMatchObject({ kind: 'valid' })
    return signature.parent as SyntheticBlock
  }
  const start = () => scheduler.start()
  const statusOf = (is: (status: EngineStatus) => boolean) => reached(updater, is)
  return { network, chain, state, engine, updater, scheduler, server, clock, payloadsChanged, setHead, start, statusOf }
}

/** Resolves as soon as the status is such. */
async function reached(updater: EngineApiUpdater, is: (status: EngineStatus) => boolean): Promise<EngineStatus> {
  if (is(updater.status)) return updater.status
  return new Promise((resolve) => {
    const unsubscribe = updater.statusChanged.subscribe(() => {
      if (!is(updater.status)) return
      unsubscribe()
      resolve(updater.status)
    })
  })
}

const follows = (hash: Hash) => (status: EngineStatus) =>
  status.kind === 'following' && bytesToHex(status.blockHash) === bytesToHex(hash)

const isKind = (kind: EngineStatus['kind']) => (status: EngineStatus) => status.kind === kind

function serverOf(name: string, chain: SyntheticChain, other: Partial<Answers> = {}): RequestServer {
  const absent = (): never => {
    throw new RequestError({ code: 'absent' }, `${name} has no such thing`)
  }
  return {
    name,
    capabilities: { blocks: { kind: 'all' }, headers: { kind: 'all' } },
    answers: {
      blockPayload: async ({ blockRoot }) => chain.blockByRoot(blockRoot)?.execution.payload?.carried ?? absent(),
      payloadEnvelope: async ({ blockRoot }) => {
        const execution = chain.blockByRoot(blockRoot)?.execution
        return execution?.isRevealed === true && execution.payload ? execution.payload.carried : absent()
      },
      headerByRoot: async ({ blockRoot }) => {
        const header = chain.blockByRoot(blockRoot)?.header.beacon
        return header ? { header, canonical: true, finalized: undefined } : absent()
      },
      ...other,
    },
    subscribe: () => () => undefined,
  }
}

function provenHash({ header }: SyntheticBlock): Hash {
  if (header.execution === undefined) throw new Error('the block proves nothing of the execution chain')
  return executionBlockHash(header.execution)
}

const numbers = (engine: FakeEngine) =>
  engine.callsOf(/newPayload/).map(({ params }) => Number((params[0] as { blockNumber: string }).blockNumber))

test('an empty client gets every block from its genesis to the head, then each head as it comes', async () => {
  const { engine, setHead, start, statusOf } = await scene()
  const head = setHead(40)
  start()
  await statusOf(follows(provenHash(head)))
  expect(engine.head).toBe(bytesToHex(provenHash(head)))
  expect(engine.finalized).toBe(bytesToHex(provenHash(head.finalized as SyntheticBlock)))
  // The head first, which it cannot take, then all from the first block on.
  expect(numbers(engine)).toEqual([41, ...Array.from({ length: 41 }, (_, i) => i + 1)])

  engine.calls.length = 0
  const next = setHead(41)
  await statusOf(follows(provenHash(next)))
  expect(engine.calls.map(({ method }) => method)).toEqual(['engine_newPayloadV4', 'engine_forkchoiceUpdatedV3'])
  expect(engine.mostAtOnce).toBe(1)
  expect(engine.refusedTokens).toBe(0)
})

test('goes by the method of each block’s fork, past payloads that were never revealed', async () => {
  const forks = { capella: 0, deneb: 1, electra: 2, fulu: 3, gloas: 4 }
  const { network, engine, chain, setHead, start, statusOf } = await scene({ forks, withheld: 0.3, missed: 0.2 })
  const head = setHead(chain.blockAt(57).slot)
  start()
  await statusOf(follows(provenHash(head)))
  const versions = new Set<string>()
  for (const { method, params } of engine.callsOf(/newPayload/)) {
    const { blockHash } = params[0] as { blockHash: string }
    const { slot } = chain.blocks.find(
      ({ execution }) => execution.payload && bytesToHex(execution.payload.carried.payload.blockHash) === blockHash,
    ) as SyntheticBlock
    expect(method).toBe(`engine_newPayloadV${engineVersions(forkAtSlot(network, slot).name).newPayload}`)
    versions.add(method)
  }
  expect([...versions].sort()).toEqual([2, 3, 4, 5].map((version) => `engine_newPayloadV${version}`))
})

test('goes back no further than to what the client has', async () => {
  const { engine, chain, setHead, start, statusOf } = await scene()
  for (const { execution } of chain.blocks.slice(0, 30)) {
    const { blockHash, parentHash, blockNumber } = execution.payload?.carried.payload ?? {}
    if (blockHash && parentHash && blockNumber) {
      engine.blocks.set(bytesToHex(blockHash), { number: blockNumber, parentHash: bytesToHex(parentHash) })
    }
  }
  const head = setHead(35)
  start()
  await statusOf(follows(provenHash(head)))
  expect(numbers(engine)).toEqual([36, 31, 32, 33, 34, 35, 36])
})

test('a client that restarts and has lost blocks is brought back', async () => {
  const { engine, clock, chain, setHead, start, statusOf } = await scene()
  start()
  await statusOf(follows(provenHash(setHead(20))))
  await engine.stop()
  const head = setHead(21)
  expect(await statusOf(isKind('failing'))).toMatchObject({
    error: { fault: { code: 'unreachable' } },
    retryInMs: RETRY_MIN_MS,
  })
  const kept = chain.blocks.slice(0, 10).map(({ header }) => bytesToHex(provenHash({ header } as SyntheticBlock)))
  engine.forgetAllBut(kept)
  await engine.start()
  engine.calls.length = 0
  await clock.advance(RETRY_MIN_MS)
  await statusOf(follows(provenHash(head)))
  expect(numbers(engine)).toEqual([22, ...Array.from({ length: 12 }, (_, i) => i + 11)])
  expect(engine.head).toBe(bytesToHex(provenHash(head)))
})

test('a branch that is left is left by the client too', async () => {
  const { engine, chain, state, start, setHead, statusOf } = await scene({
    orphans: [{ fromSlot: 30, length: 3, signers: 'all' }],
  })
  start()
  await statusOf(follows(provenHash(setHead(28))))
  // Signed by the orphan of slot 32, whose parent is an orphan.
  const orphan = chain.headAt(32).parent as SyntheticBlock
  expect(state.takeHead(chain.update(chain.headAt(32)), 'test')).toMatchObject({ kind: 'valid' })
  await statusOf(follows(provenHash(orphan)))
  const back = setHead(34)
  await statusOf(follows(provenHash(back)))
  expect(orphan.kind).toBe('orphan')
  expect(engine.head).toBe(bytesToHex(provenHash(back)))
})

test('a block that the client calls invalid is told, and not sent again before the next head', async () => {
  const { engine, updater, scheduler, payloadsChanged, setHead, start, statusOf } = await scene()
  start()
  await statusOf(follows(provenHash(setHead(10))))
  const bad = setHead(11)
  engine.invalid.add(bytesToHex(provenHash(bad)))
  expect(await statusOf(isKind('invalid'))).toMatchObject({ blockHash: provenHash(bad), reason: 'made up' })
  const sent = engine.calls.length
  payloadsChanged.fire()
  await scheduler.quiet()
  expect(engine.calls.length).toBe(sent)

  setHead(12)
  await statusOf((status) => status.kind === 'invalid' && status.blockNumber === 13)
  expect(numbers(engine).slice(-2)).toEqual([12, 13])
  expect(updater.status).toMatchObject({ kind: 'invalid' })
})

test('an ancestor that the client calls invalid ends the way forward there', async () => {
  const { engine, chain, setHead, start, statusOf } = await scene()
  engine.invalid.add(bytesToHex(provenHash(chain.blockAt(5))))
  setHead(12)
  start()
  expect(await statusOf(isKind('invalid'))).toMatchObject({
    blockNumber: 6,
    latestValidHash: provenHash(chain.blockAt(4)),
  })
  expect(engine.head).toBe(bytesToHex(genesis))
})

test('what it refuses is told and waits for the next head', async () => {
  const { engine, setHead, start, statusOf, scheduler, payloadsChanged } = await scene()
  engine.mishap = ({ method }) =>
    /forkchoice/.test(method) ? { error: { code: -38002, message: 'Invalid forkchoice state' } } : undefined
  setHead(0)
  start()
  expect(await statusOf(isKind('failing'))).toMatchObject({
    error: { fault: { code: 'refused', rpcCode: -38002 } },
    retryInMs: undefined,
  })
  engine.mishap = () => undefined
  const sent = engine.calls.length
  payloadsChanged.fire()
  await scheduler.quiet()
  expect(engine.calls.length).toBe(sent)
  await statusOf(follows(provenHash(setHead(1))))
})

test('a client whose own sync turns is not an error', async () => {
  const { engine, setHead, start, statusOf } = await scene()
  let left = 1
  engine.mishap = ({ method }) =>
    /forkchoice/.test(method) && left-- > 0 ? { error: { code: -32000, message: 'beacon syncer reorging' } } : undefined
  setHead(3)
  start()
  expect(await statusOf(isKind('syncing'))).toMatchObject({ blockNumber: 4 })
  await statusOf(follows(provenHash(setHead(4))))
})

test('a client that accepts blocks whose ancestors it lacks gets the ancestors', async () => {
  const { engine, setHead, start, statusOf } = await scene()
  const head = setHead(9)
  engine.lacking = 'ACCEPTED'
  start()
  await statusOf(follows(provenHash(head)))
  expect(engine.callsOf(/forkchoice/)).toHaveLength(1)
})

test('a server that answers with other payloads is scored down, and another one is asked', async () => {
  const { chain, scheduler, server, setHead, start, statusOf } = await scene()
  const other = chain.blockAt(50).execution.payload?.carried
  const liar = serverOf('liar', chain, { blockPayload: async () => other ?? Promise.reject(new Error('no payload')) })
  scheduler.register(liar)
  const head = setHead(12)
  start()
  await statusOf(follows(provenHash(head)))
  const handle = scheduler.servers.find(({ name }) => name === 'liar')
  const honest = scheduler.servers.find(({ name }) => name === server.name)
  expect(handle?.lastError?.message).toContain('carries payload')
  expect(handle?.quality.verification).toBeLessThan(honest?.quality.verification ?? 0)
})

test('where no server has an ancestor the client is left to its own sync until the next head', async () => {
  const { chain, scheduler, server, setHead, start, statusOf } = await scene()
  scheduler.unregister(server)
  const pruned = serverOf('pruned', chain, {
    blockPayload: async ({ blockRoot }) => {
      const block = chain.blockByRoot(blockRoot)
      if (block?.execution.payload === undefined || block.slot < 5) {
        throw new RequestError({ code: 'absent' }, 'pruned')
      }
      return block.execution.payload.carried
    },
  })
  scheduler.register(pruned)
  setHead(12)
  start()
  expect(await statusOf(isKind('syncing'))).toMatchObject({ why: 'no server has the payload before block 6' })
  scheduler.register(server)
  await statusOf(follows(provenHash(setHead(13))))
})
