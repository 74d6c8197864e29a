import { expect, test } from 'vitest'
import { NO_SETTINGS } from '../follow/follow-settings.ts'
import { NOT_FOLLOWING, type FollowState } from '../follow/follow-state.ts'
import { executionOffer, wantedExecution } from './execution-offer.ts'
import { HOME } from './fixtures.ts'

const following = (part: Partial<FollowState> = {}): FollowState => ({
  ...NOT_FOLLOWING,
  active: { settings: NO_SETTINGS, origin: 'visitor' },
  networkFile: HOME,
  ...part,
})
const typed = { ...NO_SETTINGS, executionServers: 'https://one.example\nhttps://two.example' }

test('a network that names servers of state is executed, unless the visitor said no', () => {
  expect(wantedExecution(following())).toEqual({})
  expect(wantedExecution(following({ mode: 'light' }))).toBeUndefined()
})

test('servers that the visitor names stand in place of the file’s', () => {
  const follow = following({ active: { settings: typed, origin: 'visitor' } })
  expect(wantedExecution(follow)).toEqual({ servers: ['https://one.example', 'https://two.example'] })
})

test('without a server of state, and without a chain to follow, there is nothing to execute by', () => {
  const file = { ...HOME, namesStateServers: false }
  expect(executionOffer(following({ networkFile: file })).kind).toBe('no-servers')
  expect(executionOffer(following({ active: undefined })).kind).toBe('not-following')
})

test('a link makes nobody download blocks', () => {
  const follow = following({ active: { settings: typed, origin: 'address' } })
  expect(executionOffer(follow).kind).toBe('linked')
  expect(wantedExecution(follow)).toBeUndefined()
})
