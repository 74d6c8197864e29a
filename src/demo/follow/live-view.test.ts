import { describe, expect, test } from 'vitest'
import type { CheckpointTrust, LightStatus } from '../../client/public-types.ts'
import { HASH_A, HASH_B } from '../fixtures.ts'
import { initialState, reduce } from '../page-state.ts'
import {
  CLOCK_BEHIND,
  DECIDING,
  DISPUTED,
  FOLLOWING,
  HASH_C,
  HEAD,
  pageFollowing,
  PROVING,
  RESUMED,
  STALE,
} from './fixtures.ts'
import { NO_SETTINGS } from './follow-settings.ts'
import { liveView } from './live-view.ts'

const viewOf = (light: LightStatus | undefined) => liveView(pageFollowing(light))
/** All that is said, and not what it is said of. */
const shown = (light: LightStatus) => {
  const { state, light: view } = viewOf(light)
  return JSON.stringify([state, view?.heads, view?.facts, view?.cautions])
}
const headsOf = (light: LightStatus) => {
  const [head, finalized, announced] = viewOf(light).light?.heads ?? []
  return { head, finalized, announced }
}

describe('the state in one line', () => {
  test.each([
    ['nothing told yet', undefined, 'busy', 'Beginning to follow', undefined],
    ['a checkpoint is sought', DECIDING, 'busy', 'Deciding on a checkpoint', undefined],
    ['committees are proven', PROVING, 'busy', 'Proving sync committees', '5 of 12'],
    ['no head yet', { ...PROVING, stage: { kind: 'awaiting-head' } }, 'busy', 'Waiting for a head', undefined],
    ['a head is followed', FOLLOWING, 'proven', 'Following the head', undefined],
    ['the head is old', STALE, 'caution', 'Stale', expect.stringContaining('do the servers still answer') as unknown],
    [
      'the clock was set back',
      CLOCK_BEHIND,
      'caution',
      'Clock set back',
      expect.stringContaining('in 88 s') as unknown,
    ],
    ['signers contradict', DISPUTED, 'failed', 'Disputed', expect.stringContaining('Nothing is followed') as unknown],
  ] as const)('%s', (_, light, tone, word, text) => {
    expect(viewOf(light).state).toMatchObject({ tone, word, text })
  })

  test('before Follow is pressed nobody is asked, and it says so', () => {
    expect(liveView(initialState('mainnet'))).toEqual({
      state: expect.objectContaining({ word: 'Not following', text: 'No server is contacted.' }) as unknown,
      light: undefined,
    })
  })

  test('a checkpoint that cannot be agreed on says why', () => {
    const { state } = viewOf({ ...DECIDING, stage: { kind: 'checkpoint', problem: 'one source only' } })
    expect(state).toMatchObject({ tone: 'caution', text: 'one source only. It is tried again.' })
  })

  test('progress has its totals; servers that have not said theirs give none that is passed', () => {
    expect(viewOf(PROVING).state.progress).toEqual({ value: 5, max: 12, text: '5 of 12' })
    const ahead = { ...PROVING, committees: { first: 1_500, period: 1_504, target: 0 } }
    expect(viewOf(ahead).state.progress).toEqual({ value: 5, max: 5, text: '5 of 5' })
    expect(viewOf({ ...PROVING, committees: undefined }).state.progress).toBeUndefined()
  })

  test('only a dispute interrupts', () => {
    expect(viewOf(DISPUTED).state.isAlarm).toBe(true)
    expect([undefined, DECIDING, FOLLOWING, STALE].map((light) => viewOf(light).state.isAlarm)).not.toContain(true)
  })

  test('a client that did not start follows nothing', () => {
    const failed = reduce(pageFollowing(FOLLOWING), {
      type: 'client-changed',
      client: { kind: 'failed', reason: 'no workers' },
    })
    expect(liveView(failed)).toMatchObject({ state: { tone: 'failed', word: 'Not following' }, light: undefined })
  })
})

describe('heads', () => {
  test('a proven one has its slot, root, execution block, signers and who brought it', () => {
    expect(headsOf(FOLLOWING).head).toEqual({
      label: 'Head',
      standing: 'proven',
      slot: HEAD.slot,
      blockRoot: HASH_A,
      execution: { hash: HASH_B, number: '23456789' },
      basis: '510 of 512 (99.6 %)',
      server: 'beacon.example',
    })
  })

  test('an execution block of which only the hash is proven has no number', () => {
    expect(headsOf(FOLLOWING).finalized?.execution).toEqual({ hash: HASH_C, number: undefined })
  })

  test('what is announced is not proven, and is said to be so', () => {
    expect(headsOf(FOLLOWING).announced).toMatchObject({
      standing: 'announced',
      basis: 'not proven, named by 2 servers',
    })
  })

  test('resumed heads are of the last visit, and in no word or sign verified', () => {
    const { head, finalized } = headsOf(RESUMED)
    const basis = 'from your last visit, being checked again'
    expect(head).toMatchObject({ standing: 'resumed', slot: 12_340_000, blockRoot: HASH_A, basis })
    expect(finalized).toMatchObject({ standing: 'resumed', slot: 12_339_936, blockRoot: undefined, basis })
    expect(shown(RESUMED)).not.toMatch(/verified|proven/i)
  })

  test('resumed heads are shown before the workers have started', () => {
    const client = { kind: 'starting', light: RESUMED } as const
    const view = liveView(reduce(pageFollowing(undefined), { type: 'client-changed', client }))
    expect(view.light?.heads[0]).toMatchObject({ standing: 'resumed', slot: 12_340_000 })
  })

  test('a head that was proven again is not called resumed any more', () => {
    const { head, finalized } = headsOf({ ...RESUMED, optimistic: HEAD })
    expect(head).toMatchObject({ standing: 'proven', slot: HEAD.slot })
    expect(finalized).toMatchObject({ standing: 'resumed' })
  })

  test('in a dispute no head keeps its mark', () => {
    expect(viewOf(DISPUTED).light?.heads.map(({ standing }) => standing)).toEqual(['disputed', 'disputed', 'announced'])
    expect(shown(DISPUTED)).not.toMatch(/"proven"|verified/i)
  })

  test('there are three rows whatever is known', () => {
    for (const light of [DECIDING, PROVING, FOLLOWING, RESUMED]) expect(viewOf(light).light?.heads).toHaveLength(3)
  })
})

describe('what it rests on', () => {
  const checkpointOf = (by: CheckpointTrust, checkpoint = '', type: 'visitor' | 'address' = 'visitor') => {
    const light = { ...FOLLOWING, checkpoint: { root: HASH_C, slot: 64, by } }
    const state = [
      { type: 'settings-read', settings: { ...NO_SETTINGS, checkpoint }, origin: type } as const,
      { type: 'follow-begun', origin: type } as const,
    ].reduce(reduce, pageFollowing(light))
    return liveView(state).light
  }

  test.each([
    ['given', HASH_C, 'visitor', 'given by you'],
    ['given', HASH_C, 'address', 'given by this page’s address'],
    ['given', '', 'visitor', 'given by the network file'],
    ['kept', '', 'visitor', 'kept from your last visit'],
    ['built-in', '', 'visitor', 'built into this page'],
    ['quorum', '', 'visitor', 'two or more sources of different owners agree'],
  ] as const)('a checkpoint that is %s (%.4s, %s) is %4$s', (by, checkpoint, origin, text) => {
    const light = checkpointOf(by, checkpoint, origin)
    expect(light?.facts[0]).toEqual({ label: 'Checkpoint', text: `slot 64, ${text}`, hash: HASH_C })
    expect(light?.cautions).toHaveLength(origin === 'address' ? 1 : 0)
  })

  test('a fault of our own is told, to be reported', () => {
    const { cautions } = viewOf({ ...FOLLOWING, defect: 'RangeError in HeadUpdater' }).light ?? {}
    expect(cautions).toEqual([expect.stringContaining('RangeError in HeadUpdater.')])
    const notes = ['the kept checkpoint was passed over: too old']
    expect(viewOf({ ...FOLLOWING, checkpointNotes: notes }).light?.cautions).toEqual([
      'Checkpoint: the kept checkpoint was passed over: too old.',
    ])
  })

  test('a clock that is off, and a permission that was given, are warned of', () => {
    const ahead = viewOf({ ...FOLLOWING, clockSkewMs: 34_200 }).light
    expect(ahead?.cautions).toEqual([expect.stringContaining('34 s ahead of most servers')])
    const behind = viewOf({ ...FOLLOWING, clockSkewMs: -400_000 }).light
    expect(behind?.cautions).toEqual([expect.stringContaining('6 min behind most servers')])
    const old = liveView(pageFollowing(FOLLOWING, { ...NO_SETTINGS, allowOldCheckpoint: true })).light
    expect(old?.cautions).toEqual([expect.stringContaining('An old checkpoint is allowed')])
  })
})
