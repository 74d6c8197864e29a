import { bytesToHex } from '@ethereumjs/util'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { SyntheticChain, type SyntheticBlock } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { asRoot, type Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { chainSource } from '../../testing/chain-source.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { SimulatedBeaconServer, type Conduct } from '../../testing/simulated-beacon-server.ts'
import { overriding, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { RequestError } from '../../network/request-server.ts'
import type { CheckpointSource, FinalizedCheckpoint } from '../checkpoint/checkpoint-source.ts'
import { BootstrapError } from './bootstrap-error.ts'
import { Beginning, type BeginningOptions } from './checkpoint-init.fixtures.ts'
import { NoServerError } from './checkpoint-progress.ts'

/** Minimal preset: 8 slots an epoch, 64 a period. */
const network: Network = { ...fixtureNetwork(), weakSubjectivityEpochs: 30 }
const FIRST = 64
const NOW = 220
/** Slots without a block. */
const MISSED: ReadonlySet<number> = new Set([119, 120, 133])
/** The first slot of an epoch, final and recent. */
const BOUNDARY = 160

let chain: SyntheticChain
let truth: BeaconSource
let verifier: SyncCommitteeVerifier
let client: Beginning | undefined

beforeAll(async () => {
  const missed = (slot: number) => (MISSED.has(slot) ? 1 : 0)
  chain = await SyntheticChain.create({ network, seed: 'checkpoints', firstSlot: FIRST, lastSlot: 240, missed })
  const all = chainSource(network, chain)
  // As real nodes do, it has bootstraps of finalized boundaries alone.
  truth = overriding(all, {
    bootstrap: (request, seen) => {
      const block = chain.blockByRoot(request.blockRoot)
      const isFinal = block !== undefined && block.slot <= (chain.headAt(seen).finalized?.slot ?? -1)
      return isFinal && chain.isCheckpoint(block) ? all.answer('bootstrap', request, seen) : undefined
    },
  })
  verifier = await loadSyncCommitteeVerifier()
})

afterEach(async () => {
  await client?.stop()
  client = undefined
})

const block = (slot: number): SyntheticBlock => {
  const found = chain.blockAt(slot)
  if (found.slot !== slot) throw new Error(`slot ${slot} has no block`)
  return found
}

function beginning(checkpoint: BeginningOptions['checkpoint'], options: Partial<BeginningOptions> = {}): Beginning {
  client = new Beginning({ network, verifier, slot: NOW, ...(checkpoint && { checkpoint }), ...options })
  return client
}

const sourceOf = (owner: string, says: () => FinalizedCheckpoint): CheckpointSource => ({
  name: `https://${owner}`,
  owner,
  latest: () => Promise.resolve(says()),
  ofEpoch: () => Promise.resolve(says()),
})

const node = ({ clock }: Beginning, name: string, source: BeaconSource = truth, conduct?: Conduct) =>
  new SimulatedBeaconServer({ name, network, clock, source, telling: 'silent', ...(conduct && { conduct }) })

const withoutBootstraps = (source: BeaconSource) => overriding(source, { bootstrap: () => undefined })

const failureOf = ({ init }: Beginning): BootstrapError => {
  if (!(init.problem instanceof BootstrapError)) throw new Error(`no BootstrapError but ${String(init.problem)}`)
  return init.problem
}

describe('a chain begins', () => {
  test('from a given root, with the bootstrap that a server sends', async () => {
    const { root } = block(BOUNDARY)
    const it = beginning({ given: root })
    expect(it.init.progress).toEqual({ kind: 'deciding' })
    await it.start([node(it, 'a')])
    expect(it.state.chain?.checkpoint.header.beacon.slot).toBe(BOUNDARY)
    expect(it.init.progress).toEqual({ kind: 'begun', root, by: 'given' })
    expect([it.init.problem, it.init.trust]).toEqual([undefined, 'given'])
  })

  test('from the root that independent sources name', async () => {
    const checkpoint = { epoch: BOUNDARY / 8, root: block(BOUNDARY).root }
    const sources = ['a.example', 'b.example'].map((owner) => sourceOf(owner, () => checkpoint))
    const it = beginning({ sources })
    await it.start([node(it, 'a')])
    expect(it.init.trust).toBe('quorum')
    expect(it.state.chain?.checkpoint.blockRoot).toEqual(checkpoint.root)
  })

  test.each([
    ['inside its window', { root: () => block(BOUNDARY).root, epoch: BOUNDARY / 8, by: 'built-in' }],
    ['past it not: two sources would have to agree', { root: () => block(BOUNDARY).root, epoch: -12, by: undefined }],
  ])('from the built-in root %s', async (_, { root, epoch, by }) => {
    const it = beginning({ builtIn: { root: root(), epoch } })
    await it.start([node(it, 'a')])
    expect(it.init.trust).toBe(by)
    if (by === undefined) expect(it.init.problem?.message).toMatch(/^too few independent sources/)
  })

  test('although one server is silent, one fails and one lies: each is named or left behind', async () => {
    const it = beginning({ given: block(BOUNDARY).root })
    const swapped = overriding(truth, {
      bootstrap: (request, seen) => {
        const bootstrap = truth.answer('bootstrap', request, seen)
        return bootstrap && { ...bootstrap, currentSyncCommittee: chain.committee(9) }
      },
    })
    const ofAnother = overriding(truth, {
      bootstrap: (_, seen) => truth.answer('bootstrap', { blockRoot: block(152).root }, seen),
    })
    const liars = [node(it, 'swaps', swapped), node(it, 'mistakes', ofAnother)]
    const silent = node(it, 'silent', truth, { kind: 'stalls' })
    await it.start([...liars, silent])
    await it.advance(3_000)
    expect(it.state.chain).toBeUndefined()
    const late = node(it, 'honest', truth, { kind: 'answers', ms: 400 })
    it.scheduler.register(late)
    await it.advance(20_000)
    expect(it.init.trust).toBe('given')
    const server = (name: string) => it.scheduler.servers.find((each) => each.name === name)
    for (const name of ['swaps', 'mistakes']) {
      expect(server(name)!.quality.verification).toBeLessThan(0.5)
      expect(server(name)!.lastError?.name).toBe('InvalidBootstrapError')
    }
    expect(server('honest')!.quality.verification).toBeGreaterThan(0.5)
  })

  test('after a second, where the server that was asked is late', async () => {
    const it = beginning({ given: block(BOUNDARY).root })
    const slow = node(it, 'slow', truth, { kind: 'answers', ms: 1_900 })
    const other = node(it, 'other', truth, { kind: 'answers', ms: 1_900 })
    await it.start([slow, other], 990)
    expect([slow, other].map(({ received }) => received.get('bootstrap') ?? 0).sort()).toEqual([0, 1])
    await it.advance(20)
    expect([slow, other].map(({ received }) => received.get('bootstrap'))).toEqual([1, 1])
    await it.advance(1_000)
    expect(it.init.trust).toBe('given')
  })
})

describe('where none has the bootstrap, the reason is found', () => {
  const explain = async (root: Root, source: BeaconSource = truth, options: Partial<BeginningOptions> = {}) => {
    const it = beginning({ given: root }, options)
    await it.start([node(it, 'https://a.example', source), node(it, 'https://b.example', source)], 1_500)
    expect(it.state.chain).toBeUndefined()
    return failureOf(it)
  }

  test('a root that nobody knows', async () => {
    const error = await explain(asRoot(new Uint8Array(32).fill(9)))
    expect(error.fault).toEqual({ code: 'unknown' })
    expect(error.message).toMatch(
      /b\.example.* no bootstrap for 0x0909.*none of them knows the block.*checkpoint source/,
    )
    expect(error.servers).toHaveLength(2)
  })

  test('a block that is on nobody’s chain', async () => {
    const { root, header } = block(BOUNDARY)
    const error = await explain(
      root,
      overriding(withoutBootstraps(truth), {
        headerByRoot: () => ({ header: header.beacon, canonical: false, finalized: false }),
      }),
    )
    expect(error.fault).toEqual({ code: 'notCanonical', slot: BOUNDARY })
  })

  test('a block that is not final yet: once it is, the chain begins', async () => {
    const error = await explain(block(216).root)
    expect(error.fault).toEqual({ code: 'notFinalized', slot: 216 })
    await client!.advance(24 * 6_000)
    expect(client!.init.trust).toBe('given')
  })

  test('a block within its epoch: the boundary before it is named, by parent roots', async () => {
    const error = await explain(block(BOUNDARY + 3).root)
    expect(error.fault).toMatchObject({
      code: 'notBoundary',
      slotsIntoEpoch: 3,
      before: { slot: BOUNDARY, root: block(BOUNDARY).root },
    })
    expect(error.message).toContain(
      `the root is not a finalized epoch boundary (slot ${BOUNDARY + 3} is 3 slots into its epoch). ` +
        `Use a root from a checkpoint source, or ${bytesToHex(block(BOUNDARY).root)}, the boundary before it.`,
    )
  })

  test('where the boundary itself is empty, the block before it is named', async () => {
    const error = await explain(block(122).root)
    expect(error.fault).toMatchObject({ code: 'notBoundary', slotsIntoEpoch: 2, before: { slot: 118 } })
  })

  test('a block that stands for an empty boundary is one, and missed for another reason', async () => {
    const error = await explain(block(118).root, withoutBootstraps(truth))
    expect(error.fault).toEqual({ code: 'pruned', slot: 118 })
  })

  test('light-client data that is gone', async () => {
    const error = await explain(block(BOUNDARY).root, withoutBootstraps(truth))
    expect(error.fault).toEqual({ code: 'pruned', slot: BOUNDARY })
    expect(error.message).toMatch(/no light-client data of it any more/)
  })

  test('a block that is too old, whether or not anybody has its bootstrap', async () => {
    const error = await explain(block(BOUNDARY).root, withoutBootstraps(truth), { slot: BOUNDARY + 31 * 8 })
    expect(error.fault).toMatchObject({ code: 'age', error: { fault: { code: 'tooOld', ageEpochs: 31 } } })
  })

  test('a header that is of another block is a lie, and explains nothing', async () => {
    const { root } = block(BOUNDARY + 3)
    const lying = overriding(truth, {
      headerByRoot: (_, seen) => truth.answer('headerByRoot', { blockRoot: block(100).root }, seen),
    })
    const error = await explain(root, lying)
    expect(error.fault).toEqual({ code: 'unanswered' })
    expect(client!.scheduler.servers.map(({ lastError }) => lastError?.name)).toEqual([
      'WrongHeaderError',
      'WrongHeaderError',
    ])
  })

  test('servers that do not answer, or with rubbish, are each quoted', async () => {
    const it = beginning({ given: block(BOUNDARY).root })
    const html = node(it, 'html', truth, { kind: 'fails', ms: 10, fault: { code: 'malformed' } })
    const silent = node(it, 'silent', truth, { kind: 'stalls' })
    await it.start([html, silent], 11_500)
    const error = failureOf(it)
    expect(error.fault).toEqual({ code: 'unanswered' })
    expect(error.message).toMatch(/no server has answered/)
    expect(Object.fromEntries(error.servers.map(({ server, said }) => [server, said]))).toEqual({
      html: expect.stringMatching(/malformed/) as string,
      silent: 'no answer within 10 s',
    })
  })

  test('servers that cannot be asked are each named, with the reason', async () => {
    const it = beginning({ given: block(BOUNDARY).root })
    const headless = (name: string) => node(it, name, { ...truth, kinds: [] })
    const wrongPath = headless('http://wrong.example')
    await it.start([wrongPath, headless('http://mute.example')])
    const error = new RequestError({ code: 'absent' }, 'http://wrong.example serves no light clients')
    wrongPath.tell({ kind: 'fault', error })
    await it.advance(500)
    expect(it.init.problem).toBeInstanceOf(NoServerError)
    expect(it.init.problem?.message).toBe(
      'no server that serves light clients can be asked now (http://wrong.example serves no light clients; http://mute.example: it has not answered yet)',
    )
  })

  test('that nobody serves light clients is said also where somebody was asked before', async () => {
    const it = beginning({ given: block(BOUNDARY).root })
    const server = node(it, 'a', truth, { kind: 'fails', ms: 10, fault: { code: 'absent' } })
    await it.start([server])
    expect(it.init.problem).toBeInstanceOf(BootstrapError)
    Object.assign(server, { capabilities: {} })
    await it.advance(5_000)
    expect(it.init.problem).toBeInstanceOf(NoServerError)
  })

  test('nobody to ask', async () => {
    const it = beginning({ given: block(BOUNDARY).root })
    await it.start([])
    expect(it.init.problem).toBeInstanceOf(NoServerError)
    it.scheduler.register(node(it, 'a'))
    await it.advance(500)
    expect([it.init.trust, it.init.problem]).toEqual(['given', undefined])
  })
})

test('it tries for ever, ever less often, and begins when a server is back', async () => {
  const it = beginning({ given: block(BOUNDARY).root })
  const server = node(it, 'a', truth, { kind: 'fails', ms: 10, fault: { code: 'absent' } })
  await it.start([server])
  const asked = () => server.received.get('bootstrap')!
  await it.advance(5 * 60_000)
  const before = asked()
  await it.advance(5 * 60_000)
  expect(asked() - before).toBeGreaterThanOrEqual(4)
  expect(asked() - before).toBeLessThanOrEqual(5)
  expect(it.init.progress.kind).toBe('waiting')
  server.conduct = { kind: 'answers', ms: 10 }
  await it.advance(61_000)
  expect(it.init.progress.kind).toBe('begun')
})

describe('age', () => {
  const old = { slot: BOUNDARY + 31 * 8 }

  test('an old root is refused until that is allowed', async () => {
    const given = block(BOUNDARY).root
    const refused = beginning({ given }, old)
    const server = node(refused, 'a')
    await refused.start([server])
    expect(failureOf(refused).message).toMatch(
      /^no chain starts from 0x.* 31 epochs .*Use a newer root, or allow an old checkpoint/,
    )
    await refused.advance(10 * 60_000)
    expect(refused.state.chain).toBeUndefined()
    expect(server.received.get('bootstrap')).toBe(1)
    await refused.stop()
    const allowed = beginning({ given, oldCheckpoints: 'allow' }, old)
    await allowed.start([node(allowed, 'a')])
    expect(allowed.init.trust).toBe('given')
  })

  test('a devnet sets no limit', async () => {
    const devnet = { ...network, weakSubjectivityEpochs: null }
    const it = beginning({ given: block(BOUNDARY).root }, { network: devnet, slot: 1e6 })
    await it.start([node(it, 'a')])
    expect(it.init.trust).toBe('given')
  })

  test('a clock years behind is named, with what servers say the time is; nothing begins', async () => {
    const far = { ...network, genesisTime: 10 * 365 * 86_400 }
    const it = beginning({ given: block(BOUNDARY).root, oldCheckpoints: 'allow' }, { network: far, slot: -4e7 })
    const servers = ['a', 'b', 'c'].map((name) =>
      node(it, name, { ...truth, head: () => undefined, answer: (kind, request) => truth.answer(kind, request, NOW) }),
    )
    await it.start(servers)
    for (const server of servers) server.tell({ kind: 'time', now: it.clock.now() + 5 * 365 * 86_400_000 })
    await it.advance(60_000)
    expect(failureOf(it).fault).toMatchObject({ code: 'age', error: { fault: { code: 'beforeGenesis' } } })
    expect(failureOf(it).message).toMatch(
      /your clock is wrong.*This machine's clock is 5\.0 years behind most of 3 servers/,
    )
    expect(it.state.chain).toBeUndefined()
  })
})
