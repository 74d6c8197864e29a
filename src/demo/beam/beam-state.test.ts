import { expect, test } from 'vitest'
import type { Hex } from '../../client/public-types.ts'
import { HASH_A, HASH_B, STATUS } from '../fixtures.ts'
import { MAX_FEED_BLOCKS } from '../limits.ts'
import { NOTHING_EXECUTED, onClient, reduceBeam, type FedBlock } from './beam-state.ts'
import { beamWith, EXECUTING, PENDING_BLOCK, TRACE, VERIFIED_BLOCK } from './fixtures.ts'

const told = (...blocks: readonly FedBlock[]) =>
  ({ kind: 'ready', status: { ...STATUS, mode: EXECUTING, beam: beamWith({ blocks }) } }) as const
const paused = { kind: 'ready', status: { ...STATUS, mode: { ...EXECUTING, now: 'light' as const } } } as const
const numbered = (number: number): FedBlock => ({
  ...VERIFIED_BLOCK,
  number,
  hash: `0x${number.toString(16).padStart(64, '0')}` satisfies Hex,
})

test('what a client has done stays over its pauses; what was under way does not, and what it says anew counts', () => {
  const before = onClient(NOTHING_EXECUTED, told(PENDING_BLOCK, VERIFIED_BLOCK))
  expect(before.feed.map(({ number }) => number)).toEqual([101, 100])
  const during = onClient(before, paused)
  expect(during.feed).toEqual([VERIFIED_BLOCK])
  const again = { ...VERIFIED_BLOCK, lag: 3 }
  expect(onClient(during, told(again)).feed).toEqual([again])
})

test('the newest blocks are listed, as many as there may be', () => {
  const blocks = Array.from({ length: MAX_FEED_BLOCKS }, (_, i) => numbered(i))
  const full = onClient(NOTHING_EXECUTED, told(...blocks))
  const { feed } = onClient(full, told(numbered(900), numbered(901)))
  expect(feed).toHaveLength(MAX_FEED_BLOCKS)
  expect(feed.slice(0, 3).map(({ number }) => number)).toEqual([901, 900, MAX_FEED_BLOCKS - 1])
})

test('another client, and one that is to execute nothing, begin with nothing', () => {
  const state = onClient(NOTHING_EXECUTED, told(VERIFIED_BLOCK))
  expect(onClient(state, { kind: 'starting' }).feed).toEqual([])
  expect(onClient(state, { kind: 'ready', status: STATUS })).toEqual(NOTHING_EXECUTED)
})

test('a trace is of the block that is opened, or is dropped', () => {
  const opened = reduceBeam(NOTHING_EXECUTED, { type: 'block-opened', hash: HASH_A })
  expect(reduceBeam(opened, { type: 'block-traced', hash: HASH_B, trace: TRACE })).toBe(opened)
  const traced = reduceBeam(opened, { type: 'block-traced', hash: HASH_A, trace: TRACE })
  expect(traced.opened).toEqual({ hash: HASH_A, trace: TRACE })
  // A client that has forgotten takes nothing away.
  expect(reduceBeam(traced, { type: 'block-traced', hash: HASH_A, trace: undefined })).toBe(traced)
  expect(reduceBeam(traced, { type: 'block-closed' }).opened).toBeUndefined()
})
