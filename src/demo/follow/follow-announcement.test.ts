import { describe, expect, test } from 'vitest'
import type { LightStatus } from '../../client/public-types.ts'
import { STATUS } from '../fixtures.ts'
import { initialState, reduce, type PageEvent } from '../page-state.ts'
import { DECIDING, DISPUTED, FOLLOWING, HEAD, pageFollowing, PROVING, STALE } from './fixtures.ts'
import { pageTitle } from './page-title.ts'

const told = (light: LightStatus): PageEvent => ({
  type: 'client-changed',
  client: { kind: 'ready', status: { ...STATUS, light } },
})

describe('what is read aloud', () => {
  test('each change of state, once', () => {
    let state = pageFollowing(DECIDING)
    const said = [state.announcement]
    for (const light of [DECIDING, PROVING, PROVING, FOLLOWING, STALE, FOLLOWING, DISPUTED]) {
      state = reduce({ ...state, announcement: '' }, told(light))
      said.push(state.announcement)
    }
    expect(said).toEqual([
      'Deciding on a checkpoint.',
      '',
      'Proving sync committees.',
      '',
      'Following the head, at slot 12,345,678.',
      'The head is stale: nothing newer for 3 min.',
      'Following the head, at slot 12,345,678.',
      expect.stringMatching(/^The chain is disputed: /),
    ])
  })

  test('nothing per slot, nor when servers or ages change', () => {
    const before = { ...pageFollowing(FOLLOWING), announcement: '' }
    const next = { ...FOLLOWING, currentSlot: 1, optimistic: { ...HEAD, slot: HEAD.slot + 1 }, servers: [] }
    expect(reduce(before, told(next)).announcement).toBe('')
  })

  test('that it ends, and that settings are wrong; what concerns files is not talked over', () => {
    const ended = reduce(pageFollowing(FOLLOWING), { type: 'follow-stopped' })
    expect(ended.announcement).toBe('Nothing is followed.')
    expect(reduce(ended, { type: 'follow-refused' }).announcement).toMatch(/^Not followed/)
    const files = { ...initialState('mainnet'), announcement: 'Block 97 verified.' }
    expect(reduce(files, { type: 'client-changed', client: { kind: 'ready', status: STATUS } }).announcement).toBe(
      'Block 97 verified.',
    )
  })

  test('a network file that was not taken', () => {
    const loading = reduce(initialState('mainnet'), { type: 'network-file-loading', from: 'https://x.example/n.json' })
    expect(loading.announcement).toBe('Fetching the network file.')
    const failed = reduce(loading, { type: 'network-file-failed', reason: 'x.example answered 404' })
    expect(failed.announcement).toBe('The network file was not taken: x.example answered 404.')
  })
})

describe('the title', () => {
  test('is the head’s slot while it is followed', () => {
    expect(pageTitle(pageFollowing(FOLLOWING))).toBe('#12345678 · Beamtab')
    expect(pageTitle(pageFollowing(STALE))).toBe('#12345678, stale · Beamtab')
    expect(pageTitle(pageFollowing(DISPUTED))).toBe('Disputed · Beamtab')
  })

  test.each([undefined, DECIDING, PROVING])('names the page otherwise', (light) => {
    expect(pageTitle(pageFollowing(light))).toMatch(/^Beamtab: /)
  })
})
