import { expect, test } from 'vitest'
import { HASH_A } from '../fixtures.ts'
import { isSameSettings, NO_SETTINGS, parseFollowSettings } from './follow-settings.ts'

const BARE = { namesServers: false }

test('what is filled in becomes options; what is empty is left to the client', () => {
  const typed = { ...NO_SETTINGS, servers: 'https://a.example\nhttps://b.example' }
  expect(parseFollowSettings(typed, BARE)).toEqual({
    kind: 'valid',
    options: { servers: ['https://a.example', 'https://b.example'] },
  })
  const whole = {
    servers: 'https://a.example',
    executionServers: 'https://e.example',
    checkpoint: HASH_A.slice(2).toUpperCase(),
    checkpointSources: 'https://c.example',
    allowOldCheckpoint: true,
  }
  expect(parseFollowSettings(whole, BARE)).toEqual({
    kind: 'valid',
    options: {
      servers: ['https://a.example'],
      executionServers: ['https://e.example'],
      checkpoint: HASH_A,
      checkpointSources: ['https://c.example'],
      allowOldCheckpoint: true,
    },
  })
})

test('without a server there is nothing to ask, unless the network file names some', () => {
  expect(parseFollowSettings(NO_SETTINGS, BARE)).toMatchObject({
    kind: 'invalid',
    problems: { servers: ['Name at least one beacon server.'] },
  })
  expect(parseFollowSettings(NO_SETTINGS, { namesServers: true })).toEqual({ kind: 'valid', options: {} })
})

test('each field says what is wrong with it, and nothing is followed with half of the settings', () => {
  const wrong = {
    servers: 'https://a.example\nbeacon',
    executionServers: 'ws://e.example',
    checkpoint: '0x12',
    checkpointSources: 'https://c.example\nhttps://c.example',
    allowOldCheckpoint: false,
  }
  const parsed = parseFollowSettings(wrong, BARE)
  if (parsed.kind === 'valid') throw new Error('accepted')
  expect(Object.values(parsed.problems).map((problems) => problems.length)).toEqual([1, 1, 1, 1])
  expect(parsed.problems.checkpoint[0]).toContain('2 hex digits')
})

test('settings are compared as typed', () => {
  expect(isSameSettings(NO_SETTINGS, { ...NO_SETTINGS })).toBe(true)
  expect(isSameSettings(NO_SETTINGS, { ...NO_SETTINGS, allowOldCheckpoint: true })).toBe(false)
  expect(isSameSettings(NO_SETTINGS, { ...NO_SETTINGS, checkpoint: '0x' })).toBe(false)
})
