import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCEPTED, blockReport, CHAIN_REPORT, KEPT, REJECTED, UNPROVEN, VERIFIED } from './fixtures.ts'
import { MAX_BLOCK_ROWS, MAX_CHAINS, MAX_UPDATE_ROWS, MAX_WAITING } from './limits.ts'
import { initialState, isBusy, reduce, type PageEvent, type PageState } from './page-state.ts'

const after = (...events: PageEvent[]) => events.reduce(reduce, initialState('mainnet'))
const queued = (...ids: number[]): PageEvent => ({
  type: 'blocks-queued',
  blocks: ids.map((id) => ({ id, name: `${id}.json`, origin: 'input' })),
})
const done = (id: number): PageEvent => ({ type: 'block-done', id, report: blockReport(VERIFIED) })
const chainQueued = (id: number): PageEvent => ({
  type: 'chain-queued',
  chain: { id, name: 'chain', origin: 'input', network: 'mainnet' },
})
const kinds = (state: PageState) => state.blocks.map(({ id, progress }) => `${id} ${progress.kind}`)

test('a batch is shown before what was there, in its own order', () => {
  expect(kinds(after(queued(1, 2), done(1), queued(3, 4)))).toEqual(['3 waiting', '4 waiting', '1 done', '2 waiting'])
})

test('progress counts the jobs since the queue was empty', () => {
  const working = after(queued(1, 2), done(1), chainQueued(3))
  expect(working.batch).toEqual({ total: 3, done: 1 })
  expect(isBusy(working)).toBe(true)
  const ended = [done(2), { type: 'chain-done', id: 3, report: CHAIN_REPORT } as const].reduce(reduce, working)
  expect(isBusy(ended)).toBe(false)
  expect(reduce(ended, queued(4)).batch).toEqual({ total: 1, done: 0 })
})

test('cancelling ends what is pending and leaves what is done', () => {
  const state = after(queued(1, 2, 3), done(1), { type: 'block-stage', id: 2, stage: 'executing' }, chainQueued(4), {
    type: 'jobs-cancelled',
  })
  expect(kinds(state)).toEqual(['1 done', '2 cancelled', '3 cancelled'])
  expect(state.chains[0]?.progress.kind).toBe('cancelled')
  expect(isBusy(state)).toBe(false)
})

test('clearing leaves what is pending', () => {
  const state = after(queued(1, 2), done(1), chainQueued(3), { type: 'results-cleared' })
  expect(kinds(state)).toEqual(['2 waiting'])
  expect(state.chains).toHaveLength(1)
})

test('another network takes along neither what is kept nor the old client’s state', () => {
  const state = after(
    { type: 'kept-read', kept: [KEPT] },
    { type: 'network-changed', network: 'hoodi', file: undefined },
  )
  expect(state).toMatchObject({ network: 'hoodi', kept: [], client: { kind: 'starting' } })
})

test('the report of a chain replaces the rows that came before it', () => {
  const update = { type: 'update-done', id: 1, update: ACCEPTED } as const
  const report = { ...CHAIN_REPORT, updates: [ACCEPTED, REJECTED] }
  const state = after(chainQueued(1), update, update, update, { type: 'chain-done', id: 1, report })
  expect(state.chains[0]).toMatchObject({ updates: [ACCEPTED, REJECTED], counts: { accepted: 1, rejected: 1 } })
})

describe('what is read aloud', () => {
  test('the outcome, then how much is left', () => {
    expect(after(queued(1, 2), done(1)).announcement).toBe('Block 24628608 verified. 1 to go.')
    expect(after(queued(1), done(1)).announcement).toBe('Block 24628608 verified.')
  })

  test.each(UNPROVEN)('%j is not called verified', (outcome) => {
    const state = after(queued(1), { type: 'block-done', id: 1, report: blockReport(outcome) })
    expect(state.announcement).toContain('24628608')
    expect(state.announcement).not.toMatch(/verified/i)
  })

  test('periods verified and updates rejected are counted apart', () => {
    const report = { ...CHAIN_REPORT, updates: [ACCEPTED, REJECTED] }
    const state = after(chainQueued(1), { type: 'chain-done', id: 1, report })
    expect(state.announcement).toBe('Light client: 1 period verified, 1 update rejected.')
    const rejected = { ...report, bootstrap: { kind: 'rejected' as const, reason: 'another root' } }
    const refused = after(chainQueued(1), { type: 'chain-done', id: 1, report: rejected })
    expect(refused.announcement).not.toMatch(/verified/i)
  })
})

describe('bounds', () => {
  test('rows stay bounded whatever comes, and what is pending keeps its row', () => {
    const size = fc.integer({ min: 1, max: MAX_WAITING })
    fc.assert(
      fc.property(fc.array(size, { maxLength: 12 }), (batches) => {
        let state = initialState('mainnet')
        let id = 0
        for (const count of batches) {
          const ids = Array.from({ length: count }, () => ++id)
          state = reduce(state, queued(...ids))
          expect(state.blocks.filter(({ progress }) => progress.kind === 'waiting')).toHaveLength(count)
          expect(state.blocks.length).toBeLessThanOrEqual(MAX_BLOCK_ROWS)
          state = ids.map(done).reduce(reduce, state)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('chains and their updates stay bounded, and what is left out is counted', () => {
    const events = Array.from({ length: 2 * MAX_UPDATE_ROWS }, () => ({
      type: 'update-done' as const,
      id: 1,
      update: ACCEPTED,
    }))
    const [chain] = after(chainQueued(1), ...events).chains
    expect(chain?.updates).toHaveLength(MAX_UPDATE_ROWS)
    expect(chain?.counts.accepted).toBe(2 * MAX_UPDATE_ROWS)

    const ended = (id: number): PageEvent => ({ type: 'job-failed', id, reason: 'a worker died' })
    const many = Array.from({ length: 20 }, (_, id) => [chainQueued(id), ended(id)]).flat()
    expect(after(...many).chains).toHaveLength(MAX_CHAINS)
  })

  test('refusals are cut to a few, and the rest are counted', () => {
    const reasons = Array.from({ length: 1_000 }, (_, i) => `${i} is a folder`)
    const { refusals } = after({ type: 'refused', reasons })
    expect(refusals).toHaveLength(6)
    expect(refusals.at(-1)).toBe('… and 995 more.')
  })
})
