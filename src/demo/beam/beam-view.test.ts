import { expect, test } from 'vitest'
import { HASH_A } from '../fixtures.ts'
import { reduce } from '../page-state.ts'
import { announceBeam } from './beam-announcement.ts'
import { beamView } from './beam-view.ts'
import { BEAM, beamWith, EXECUTING, PENDING_BLOCK, pageExecuting, VERIFIED_BLOCK, type BeamStatus } from './fixtures.ts'

const lineOf = (beam: BeamStatus | undefined, mode = EXECUTING) => {
  const { tone, word, text, isAlarm } = beamView(pageExecuting(beam, mode)).line
  return { tone, word, text, isAlarm }
}

const DISPUTE = { number: 99, hash: HASH_A, reason: 'its state root is another' }

test('only what is verified up to the head is said with the sign of proof', () => {
  expect(lineOf(BEAM)).toEqual({
    ...{ tone: 'proven', word: 'Executed up to the head', text: 'Block 100 is verified.', isAlarm: false },
  })
  const unproven: readonly (BeamStatus | undefined)[] = [
    undefined,
    beamWith({ lag: { blocks: 2, seconds: 24 } }),
    beamWith({ verified: undefined }),
    beamWith({ head: undefined, verified: undefined }),
    beamWith({ stopped: 'block 101 is invalid' }),
    beamWith({ disputes: [DISPUTE] }),
    { ...BEAM, servers: [{ url: 'https://gateway.example', state: 'failed', reason: 'no answer' }] },
  ]
  for (const beam of unproven) expect(lineOf(beam).tone).not.toBe('proven')
})

test('lag is told in blocks and seconds', () => {
  const view = beamView(pageExecuting(beamWith({ lag: { blocks: 2, seconds: 24 } })))
  expect(view.line.text).toBe('2 blocks and 24 s behind: block 100 of 100.')
  expect(view.facts).toContainEqual({ label: 'Lag', text: '2 blocks, 24 s' })
})

test('a dispute is an alarm, and says what it is about', () => {
  const view = beamView(pageExecuting(beamWith({ disputes: [DISPUTE], stopped: 'block 99 is disputed' })))
  expect(view.line).toMatchObject({ word: 'Stopped', tone: 'failed', isAlarm: true })
  expect(view.disputes.join()).toContain('Block 99 is disputed')
  expect(view.disputes.join()).toContain('Its state root is another.')
})

test.each(['hidden', 'data-saver', 'metered', 'rate-limited', 'not-leading'] as const)(
  'a pause for %s is said, and what was done stays to be seen',
  (cause) => {
    const before = pageExecuting(BEAM)
    const mode = { wanted: 'beam', now: 'light', cause, reason: 'that is why', retryAt: undefined } as const
    const client = before.client.kind === 'ready' ? before.client : undefined
    const status = { ...client!.status, mode, beam: undefined }
    const after = reduce(before, { type: 'client-changed', client: { kind: 'ready', status } })
    const view = beamView(after)
    expect(view.line).toMatchObject({ tone: 'caution', text: 'That is why.' })
    expect(view.rows.map(({ number }) => number)).toEqual(['100'])
    expect(announceBeam(before, after)).toBe('Blocks are not executed now: that is why.')
    expect(announceBeam(after, before)).toBe('Blocks are executed again.')
  },
)

test('where state is to be filled in and is not, blocks are executed, and it is said', () => {
  const mode = {
    wanted: 'full',
    now: 'beam',
    cause: 'no-backfill',
    reason: 'it is not filled in',
    retryAt: undefined,
  } as const
  const view = beamView(pageExecuting(BEAM, mode))
  expect(view.line.tone).toBe('proven')
  expect(view.cautions).toEqual(['It is not filled in.'])
})

test('passed blocks stay marked, all of them counted', () => {
  const marks = [{ from: 10, to: 12, hash: HASH_A, reason: 'too far behind' }]
  const { cautions } = beamView(pageExecuting(beamWith({ skipped: { count: 5, marks } })))
  expect(cautions).toEqual([
    'Blocks 10 to 12 were passed and are not verified here: too far behind.',
    '2 earlier blocks passed and not verified here.',
  ])
})

test('of a block that is not done no figure is made up', () => {
  const row = beamView(pageExecuting(beamWith({ blocks: [VERIFIED_BLOCK, PENDING_BLOCK] }))).rows.find(
    ({ number }) => number === '101',
  )
  expect(row?.state.word).toBe('Waiting')
  expect(Object.values(row?.figures ?? {}).filter((value) => value !== undefined)).toEqual([])
})

test('a verified block tells what it cost, and what of its nodes was at hand', () => {
  const { rows, facts } = beamView(pageExecuting(BEAM))
  expect(rows[0]?.figures).toEqual({
    ...{ Transactions: '6 (2 early)', Gas: '1,500,000', 'Mgas/s': '25', Trips: '3', Requests: '4', Received: '20 KiB' },
    ...{ Fetched: '75', 'From store': '25', Source: 'access-list, paths', Record: 'kept' },
  })
  expect(facts).toContainEqual({ label: 'Cost', text: '20 KiB in 4 requests for 1 block, 20 KiB a block' })
  expect(facts).toContainEqual({ label: 'From the store', text: '25.0 %, 25 of 100 nodes' })
})

test('servers say what they are, or why they are of no use', () => {
  const servers: BeamStatus['servers'] = [
    ...BEAM.servers,
    { url: 'https://new.example', state: 'probing' },
    { url: 'https://gone.example', state: 'failed', reason: 'it is silent for 15 s' },
    {
      ...{ url: 'https://full.example', state: 'ready', kind: 'execution', offers: ['proofs'] },
      ...{ lastError: 'HTTP 429', busySince: 5 },
    },
  ]
  expect(beamView(pageExecuting({ ...BEAM, servers })).servers.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'gateway: blocks, paths',
    'not known yet: being asked what it can do',
    'not usable: it is silent for 15 s.',
    'execution client: refuses more requests for now',
  ])
})

test('what happens to single blocks is announced only where it is no routine', () => {
  const page = pageExecuting(BEAM)
  expect(announceBeam(page, pageExecuting(beamWith({ head: undefined })))).toBeUndefined()
  expect(announceBeam(pageExecuting(beamWith({ verified: undefined })), page)).toContain('Block 100 verified')
  const blocks = [{ ...PENDING_BLOCK, state: 'unavailable' as const, reason: 'nobody has it' }]
  const without = pageExecuting(beamWith({ blocks }))
  expect(announceBeam(page, without)).toBe('Block 101 cannot be had now: nobody has it.')
  expect(announceBeam(without, without)).toBeUndefined()
  expect(announceBeam(page, pageExecuting(beamWith({ disputes: [DISPUTE] })))).toContain('Block 99 is disputed')
})
