/** Real blocks, executed on nothing but what recorded gateways give: by every source and way, over good and bad servers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TouchedKeys } from '../../../src/network/state-service/messages.ts'
import { describeWithData } from '../../../src/testing/data.ts'
import { ContentPool } from '../../../src/sync/state-fetch/content-pool.ts'
import { fetchedRun, recordedGateways, selectorOver, type RecordedGateways, type Run } from './state-fetch.fixtures.ts'

describeWithData('fetching the state of a mainnet block at 100 ms', (data) => {
  const BLOCK = 24_628_608
  let served: RecordedGateways
  let keys: readonly TouchedKeys[] | undefined
  beforeAll(async () => {
    served = await recordedGateways(data, [BLOCK], { count: 4, latency: 100 })
    const [block] = served.chain.execution.blocks
    keys = (await served.chain.execution.witness(block!.hash)).keys
  }, 60_000)
  afterAll(() => served.close())

  const run = (options: Omit<Run, 'block' | 'gateways'>, count = 1) =>
    fetchedRun(data, { block: BLOCK, gateways: served.gateways.slice(0, count), ...options })

  test.each<[what: string, options: Omit<Run, 'block' | 'gateways'>, servers: number, trips: number]>([
    ['witness', { sources: ['witness'] }, 1, 2],
    ['metadata over four servers', { sources: ['metadata'] }, 4, 3],
  ])(
    '%s',
    async (_, options, servers, trips) => {
      const { verification, costs } = await run(options, servers)
      expect(verification.kind).toBe('verified')
      expect(costs.roundTrips).toBeLessThanOrEqual(trips)
    },
    60_000,
  )

  test('hints by a prestate trace, then proofs', async () => {
    const { execution } = served.chain
    // Executing takes the gateway longer than a client waits for hints; whoever asks later finds it done.
    await execution.prestates(execution.blocks[0]!.hash)
    const { verification, costs } = await run({
      ...{ sources: ['hints'], ways: ['proofs'], without: ['callKeys', 'paths', 'nodes', 'codes'] },
    })
    expect(verification.kind).toBe('verified')
    // On a busy machine proofs from this process's own gateway are late, and then come one after the other.
    expect(costs.roundTrips).toBeLessThanOrEqual(16)
  }, 60_000)

  describe('with the keys known', () => {
    test.each<[what: string, options: Omit<Run, 'block' | 'gateways'>, servers: number, trips: number]>([
      ['paths', { ways: ['paths'] }, 1, 4],
      ['proofs', { ways: ['proofs'] }, 1, 4],
      ['nodes', { ways: ['nodes'] }, 1, 30],
    ])(
      '%s',
      async (_, options, servers, trips) => {
        const { verification, costs } = await run({ ...options, keys }, servers)
        expect(verification.kind).toBe('verified')
        expect(costs.roundTrips).toBeLessThanOrEqual(trips)
      },
      120_000,
    )
  })
})

describeWithData('fetching from bad servers', (data) => {
  const BLOCK = 2_675_000
  let served: RecordedGateways
  let keys: readonly TouchedKeys[] | undefined
  beforeAll(async () => {
    served = await recordedGateways(data, [BLOCK], { count: 2 })
    const [block] = served.chain.execution.blocks
    keys = (await served.chain.execution.witness(block!.hash)).keys
  }, 60_000)
  afterAll(() => served.close())

  const SOURCES: readonly (readonly [what: string, options: Omit<Run, 'block' | 'gateways'>])[] = [
    ['witness', { sources: ['witness'] }],
    ['metadata', { sources: ['metadata'] }],
    ['paths', { ways: ['paths'] }],
    ['proofs', { ways: ['proofs'] }],
    ['nodes', { ways: ['nodes'] }],
  ]
  const FAULTS = ['wrong-bytes', 'missing-entries', 'forged-proof', 'oversize', 'disconnect', 'garbage']

  describe.each(SOURCES)('%s', (_, options) => {
    test.each(FAULTS)(
      'one server of two has the fault %s: the block is verified through the rest',
      async (fault) => {
        const [bad] = served.gateways
        const selector = await selectorOver(served.gateways)
        bad!.injection.order([
          { kind: fault, rate: 1, route: 'state' },
          { kind: fault, rate: 1, route: 'rpc' },
        ])
        try {
          const { verification } = await fetchedRun(data, {
            ...{ block: BLOCK, gateways: served.gateways, keys, selector },
            ...options,
          })
          expect(verification.kind).toBe('verified')
        } finally {
          bad!.injection.order([])
        }
      },
      60_000,
    )
  })

  // Each waits for a second before it asks once more: all sources do so together.
  test.each(['missing-entries', 'wrong-bytes'])(
    'nobody but servers with the fault %s: whatever the source, a failure that names what is missing, never a verified block on less',
    async (fault) => {
      const [bad] = served.gateways
      const outcome = async (options: Omit<Run, 'block' | 'gateways'>) => {
        const selector = await selectorOver(served.gateways.slice(0, 1))
        return async () => {
          const run = fetchedRun(data, { block: BLOCK, gateways: [], keys, selector, ...options })
          return run.then(
            ({ verification }) => verification.kind,
            (error: unknown) => (error as Error).name,
          )
        }
      }
      const runs = await Promise.all(SOURCES.map(([, options]) => outcome(options)))
      bad!.injection.order([
        { kind: fault, rate: 1, route: 'state' },
        { kind: fault, rate: 1, route: 'rpc' },
      ])
      try {
        const outcomes = await Promise.all(runs.map((run) => run()))
        // A flipped byte may hit what nobody needs.
        const allowed = fault === 'wrong-bytes' ? ['StateUnavailableError', 'verified'] : ['StateUnavailableError']
        for (const [at, [what]] of SOURCES.entries())
          expect([what, allowed.includes(outcomes[at]!), outcomes[at]]).toEqual([what, true, outcomes[at]])
      } finally {
        bad!.injection.order([])
      }
    },
    60_000,
  )

  test('a block after another fetches only what the first did not leave behind', async () => {
    const pool = new ContentPool()
    const options = { block: BLOCK, gateways: served.gateways, ways: ['nodes'] as const, keys, pool }
    const first = await fetchedRun(data, options)
    const second = await fetchedRun(data, options)
    expect([first.verification.kind, second.verification.kind]).toEqual(['verified', 'verified'])
    expect(first.costs.nodesFetched).toBeGreaterThan(0)
    expect(second.costs).toMatchObject({ roundTrips: 0, requests: 0, nodesFetched: 0 })
  })
})
