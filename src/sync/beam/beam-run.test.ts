/** Real blocks imported from real gateways on an empty store, by every source, past bad servers, stops and lost workers. */
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordedGateways, type RecordedGateways } from '../../../server/gateway/recorded/state-fetch.fixtures.ts'
import type { Hash } from '../../chain/bytes.ts'
import { createEvmService } from '../../execution/remote/evm-service.ts'
import { describeWithData } from '../../testing/data.ts'
import { NO_MARKS } from '../import/import-marks.ts'
import { encodeMarks } from '../import/marks-codec.ts'
import { emptyStore, testBeam } from './beam-run.fixtures.ts'
import type { SourceChoice } from './source-choice.ts'

test('what is in dispute since an earlier session is told before anything is followed', async () => {
  const store = emptyStore()
  const hash = bytesToHex(new Uint8Array(32).fill(7))
  const dispute = { number: 7, hash, reason: 'its state root is another' }
  await store.putImportMarks(encodeMarks({ ...NO_MARKS, disputes: [dispute] }))
  const { beam, refused } = await testBeam({ servers: [], store })
  beam.close()
  expect(refused.map(({ number, hash }) => [number, bytesToHex(hash)])).toEqual([[7, hash]])
})

describeWithData('a block after the merge', (data) => {
  const BLOCK = 19_426_587
  let served: RecordedGateways
  let hash: Hash
  beforeAll(async () => {
    served = await recordedGateways(data, [BLOCK], { count: 2 })
    hash = served.chain.execution.blocks[0]!.hash
  }, 60_000)
  afterAll(() => served.close())

  const urls = (count: number) => served.gateways.slice(0, count).map(({ url }) => url)

  test.each<[sources: readonly SourceChoice[] | 'all', named: string, adopts: boolean]>([
    ['all', 'witness', false],
    [['witness'], 'witness', false],
    [['metadata'], 'metadata', false],
    [['paths'], 'paths', true],
    [['proofs'], 'proofs', true],
    [['nodes'], 'nodes', true],
    [['hints', 'paths'], 'hints+paths', true],
  ])(
    'by %s',
    async (sources, named, adopts) => {
      const { beam, reach } = await testBeam({ servers: urls(1), sources })
      const { state, reason, costs, executed } = await reach(hash, 'verified', 'unavailable', 'invalid')
      beam.close()
      expect([state, reason]).toEqual(['verified', undefined])
      for (const name of named.split('+').filter((one) => one !== 'hints')) expect(costs.source).toContain(name)
      expect(costs).toMatchObject({ nodesFromStore: 0 })
      expect(costs.nodesFetched).toBeGreaterThanOrEqual(1_060)
      expect(executed?.transactions).toBe(37)
      expect(executed!.adopted > 0).toBe(adopts)
    },
    60_000,
  )

  test('by a server of JSON-RPC alone', async () => {
    const { beam, reach } = await testBeam({ servers: [`${urls(1)[0]}/rpc`], sources: 'all' })
    const { state, reason, costs } = await reach(hash, 'verified', 'unavailable', 'invalid')
    const [server] = beam.status().servers
    beam.close()
    expect([state, reason]).toEqual(['verified', undefined])
    expect(server).toMatchObject({ state: 'ready', kind: 'execution' })
    expect(costs.source).not.toContain('nodes')
  }, 60_000)

  const FAULTS = [
    'wrong-bytes',
    'missing-entries',
    'forged-proof',
    'truncated',
    'oversize',
    'disconnect',
    'status-429',
    'garbage',
  ]

  test.each(FAULTS)(
    'one server of two has the fault %s: verified through the other',
    async (kind) => {
      const [bad] = served.gateways
      bad!.injection.order([
        { kind, rate: 1, route: 'state' },
        { kind, rate: 1, route: 'rpc' },
      ])
      try {
        const { beam, reach } = await testBeam({ servers: urls(2) })
        const { state } = await reach(hash, 'verified', 'invalid', 'disputed')
        beam.close()
        expect(state).toBe('verified')
      } finally {
        bad!.injection.order([])
      }
    },
    60_000,
  )

  test('nobody but a server that leaves out: unavailable, with what is missing; verified once it has all', async () => {
    const [bad] = served.gateways
    bad!.injection.order([{ kind: 'missing-entries', rate: 1, route: 'state' }])
    const { beam, reach, news } = await testBeam({ servers: urls(1), sources: ['metadata', 'nodes'] })
    const { reason } = await reach(hash, 'unavailable')
    expect(reason).toMatch(/cannot be had/)
    expect(news.some((one) => one.kind === 'block' && one.block.state === 'verified')).toBe(false)
    bad!.injection.order([])
    expect((await reach(hash, 'verified')).state).toBe('verified')
    beam.close()
  }, 60_000)

  test('a server of another chain is named as that', async () => {
    const { beam } = await testBeam({ servers: [...urls(1), `${urls(1)[0]}/rpc`], network: 'sepolia' })
    while (beam.status().servers.some(({ state }) => state === 'probing'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    const { servers } = beam.status()
    beam.close()
    for (const server of servers)
      expect(server.state === 'failed' && server.reason).toMatch(/has chain id 1, expected 11155111 \(sepolia\)/)
  })

  test('no server at all: unavailable, and no servers are made up', async () => {
    const { beam, reach } = await testBeam({ servers: ['http://127.0.0.1:9'] })
    beam.setHead({ hash, standing: 'signed' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { servers, blocks } = beam.status()
    beam.close()
    expect(servers).toMatchObject([{ state: 'failed' }])
    expect(blocks.stopped).toMatch(/cannot be had/)
    expect(reach).toBeDefined()
  })

  test('after a restart the first block is predicted from the patterns that were kept; those that are of no use are dropped, and said', async () => {
    const runOn = async (patterns: Uint8Array | undefined) => {
      const store = emptyStore()
      if (patterns !== undefined) await store.putAccessPatterns(patterns)
      const { beam, reach, news } = await testBeam({ servers: urls(1), sources: ['paths'], store })
      const { state, costs } = await reach(hash, 'verified', 'unavailable')
      expect(state).toBe('verified')
      beam.close()
      const dropped = news.flatMap((one) => (one.kind === 'dropped' ? [one.what] : []))
      return { kept: await store.accessPatterns(), costs, dropped }
    }
    const first = await runOn(undefined)
    const second = await runOn(first.kept)
    expect(second.dropped).toEqual([])
    expect(second.costs.roundTrips).toBeLessThan(first.costs.roundTrips)
    const third = await runOn(first.kept!.slice(1))
    expect(third.dropped).toEqual([expect.stringContaining('of no use')])
    expect(third.costs.roundTrips).toBe(first.costs.roundTrips)
    expect(third.kept).toEqual(first.kept)
  }, 120_000)

  test('a worker that dies in the middle: its work is done by its successor', async () => {
    const fresh = await createEvmService()
    const stuck = { ...(await createEvmService()), executeOpen: () => new Promise<never>(() => undefined) }
    const { beam, evms, reach } = await testBeam({ servers: urls(1), sources: ['paths'], evms: [stuck] })
    const done = reach(hash, 'verified', 'unavailable')
    const [seat] = evms.seats
    const before = seat!.tenure
    // As soon as it is given the block to execute, it is gone.
    stuck.executeOpen = () => {
      queueMicrotask(() => evms.replace(0, fresh))
      return new Promise<never>(() => undefined)
    }
    expect((await done).state).toBe('verified')
    expect(seat!.tenure).toBe(before + 1)
    beam.close()
  }, 60_000)
})

describeWithData('blocks that follow one another', (data) => {
  const BLOCKS = [2_675_000, 2_675_001, 2_675_002]
  let served: RecordedGateways
  let hashes: readonly Hash[]
  beforeAll(async () => {
    served = await recordedGateways(data, BLOCKS, { count: 1 })
    hashes = BLOCKS.map((number) => served.chain.execution.blocks.find((block) => block.number === number)!.hash)
  }, 60_000)
  afterAll(() => served.close())

  test('each on its parent, which was executed here; kept, and gone on from after a stop', async () => {
    const store = emptyStore()
    const servers = served.gateways.map(({ url }) => url)
    const first = await testBeam({ servers, store })
    await first.reach(hashes[0]!, 'verified')
    const last = await first.reach(hashes[2]!, 'verified', 'unavailable')
    expect(last.state).toBe('verified')
    const { blocks } = first.beam.status()
    expect(blocks.blocks.filter(({ state }) => state === 'verified').map(({ number }) => number)).toEqual([
      2_675_002, 2_675_001, 2_675_000,
    ])
    expect(blocks.anchor?.number).toBe(2_674_999)
    expect(blocks.pivots.latest.map(({ kind }) => kind)).toEqual(['start'])
    while ((await store.listBlocks()).length < 3) await new Promise((resolve) => setTimeout(resolve, 10))
    first.beam.close()

    const second = await testBeam({ servers: ['http://127.0.0.1:9'], store })
    second.beam.setHead({ hash: hashes[2]!, standing: 'signed' })
    const resumed = second.beam.status().blocks
    expect(resumed.head?.hash).toBe(bytesToHex(hashes[2]!))
    expect(resumed.lag.blocks).toBe(0)
    second.beam.close()
  }, 60_000)
})
