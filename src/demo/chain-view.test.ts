import { expect, test } from 'vitest'
import type { LightClientReport } from '../client/public-types.ts'
import { chainView } from './chain-view.ts'
import { ACCEPTED, CHAIN_REPORT, HASH_A, REJECTED } from './fixtures.ts'
import { initialState, reduce, type PageEvent } from './page-state.ts'

const QUEUED: PageEvent = {
  type: 'chain-queued',
  chain: { id: 1, name: 'capella', origin: 'input', network: 'mainnet' },
}

/** The view after these events, through the page's own state. */
function viewAfter(...events: PageEvent[]) {
  const [chain] = [QUEUED, ...events].reduce(reduce, initialState('mainnet')).chains
  if (chain === undefined) throw new Error('no chain was queued')
  return chainView(chain)
}
const viewOf = (report: Partial<LightClientReport>) =>
  viewAfter({ type: 'chain-done', id: 1, report: { ...CHAIN_REPORT, ...report } })

test('an accepted update is verified, with its period and participation', () => {
  const view = viewOf({ updates: [ACCEPTED] })
  expect(view).toMatchObject({ tone: 'proven', result: '1 period verified', hidden: 0, totalMs: 890 })
  expect(view.updates).toEqual([
    { period: '862', participation: '511 of 512 (99.8 %)', tone: 'proven', result: 'Verified', reason: undefined },
  ])
})

test('a rejected update says why, and the run is no green one', () => {
  const view = viewOf({ updates: [ACCEPTED, REJECTED] })
  expect(view).toMatchObject({ tone: 'failed', result: '1 update rejected, 1 period verified' })
  expect(view.updates[1]).toMatchObject({ period: 'unknown', result: 'Rejected', tone: 'failed' })
  expect(view.updates[1]?.reason).toContain('signature')
})

test('a bootstrap that nobody vouches for is said to be so, without a green mark', () => {
  const view = viewOf({})
  expect(view.bootstrap).toMatchObject({ tone: 'caution', hash: HASH_A })
  expect(view.bootstrap?.text).toContain('trusted by its own root')
  expect(view.bootstrap?.text).not.toMatch(/verified/i)
  const given = viewOf({ bootstrap: { kind: 'verified', slot: 1, root: HASH_A, trust: 'given' } })
  expect(given.bootstrap).toMatchObject({ tone: 'proven' })
})

test('with a rejected bootstrap nothing is called verified', () => {
  const bootstrap = { kind: 'rejected', reason: 'its root is another' } as const
  const view = viewOf({ bootstrap, updates: [], finality: undefined })
  expect(view).toMatchObject({ tone: 'failed', result: 'Bootstrap rejected' })
  expect(JSON.stringify(view)).not.toMatch(/verified|proven/i)
})

test('a rejected head or an unreadable file makes the run fail, though its periods hold', () => {
  expect(viewOf({ finality: { kind: 'rejected', reason: 'bad branch' } })).toMatchObject({ tone: 'failed' })
  const unreadable = viewOf({ unreadable: [{ name: 'notes.txt', reason: 'none of the known objects' }] })
  expect(unreadable).toMatchObject({ tone: 'failed', problems: ['notes.txt: none of the known objects'] })
})

test('heads say their slot and signers; a chain that was not kept says why', () => {
  const view = viewOf({ kept: { kind: 'not-kept', reason: 'another tab writes the store' } })
  expect(view.heads).toEqual([
    { label: 'Finality update', tone: 'proven', text: 'verified, slot 7,109,344, signed by 512 of 512 (100 %)' },
  ])
  expect(view.notKept).toBe('another tab writes the store')
})

test('before the report, rows come as updates are done', () => {
  expect(viewAfter()).toMatchObject({ tone: 'quiet', result: 'Waiting', isWorking: false })
  const begun: PageEvent = { type: 'chain-begun', id: 1, network: 'mainnet' }
  expect(viewAfter(begun)).toMatchObject({ tone: 'busy', result: 'Checking the bootstrap', isWorking: true })
  const view = viewAfter(begun, { type: 'update-done', id: 1, update: ACCEPTED })
  expect(view).toMatchObject({ tone: 'busy', result: 'Checking: 1 period verified' })
  expect(view.updates).toHaveLength(1)
  expect(viewAfter(begun, { type: 'jobs-cancelled' })).toMatchObject({ tone: 'quiet', result: 'Cancelled' })
})
