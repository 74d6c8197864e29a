import { expect, test } from 'vitest'
import { networkByName } from '../chain/network.ts'
import type { LightClientStage, LightClientStatus } from '../sync/light-client/light-client-status.ts'
import { FollowPatience } from './follow-patience.ts'

const STALE: LightClientStage = { kind: 'stale', ageSeconds: 7_200 }
const FOLLOWING: LightClientStage = { kind: 'following' }
const CHECKPOINT: LightClientStage = { kind: 'checkpoint', problem: 'nobody knows the block' }

/** Seconds after which a run gives up that is told its status every second, and what it says then. */
function givesUp(stageAt: (second: number) => LightClientStage, periodAt: (second: number) => number = () => 5) {
  const patience = new FollowPatience(networkByName('mainnet'))
  for (let second = 0; second < 10_000; second++) {
    const period = periodAt(second)
    const status = { stage: stageAt(second), optimistic: { slot: 9 }, committees: { first: 1, period, target: 99 } }
    const why = patience.take(status as LightClientStatus, second * 1000)
    if (why !== undefined) return [second, why] as const
  }
  return undefined
}

test('a head that stays stale is waited for two slots and a minute', () => {
  expect(givesUp(() => STALE)).toEqual([
    84,
    expect.stringMatching(/^given up after 84 s: .* slot 9, is 2\.0 hours old/),
  ])
  expect(givesUp((second) => (second === 80 ? FOLLOWING : STALE))?.[0]).toBe(81 + 84)
})

test('a dispute and a clock that was set back are waited for as long, and named', () => {
  expect(givesUp((second) => (second < 40 ? STALE : { kind: 'disputed', what: 'two committees' }))).toEqual([
    84,
    expect.stringContaining('the chain is disputed: two committees'),
  ])
  expect(givesUp(() => ({ kind: 'clock-behind', seconds: 100 }))?.[1]).toMatch(/clock.* set it right/)
})

test('the beginning is waited for until a root would be final, and longer while there is progress', () => {
  const seconds = 4 * 32 * 12 + 60
  expect(givesUp(() => CHECKPOINT)).toEqual([seconds, expect.stringContaining('nobody knows the block')])
  const committees = (): LightClientStage => ({ kind: 'committees' })
  expect(givesUp(committees, (second) => Math.min(3, Math.floor(second / 1000)))?.[0]).toBe(3_000 + seconds)
})

test('a root that no server knows is waited for half a minute, one that can never do not at all', () => {
  const unknown: LightClientStage = { ...CHECKPOINT, hope: 'little' }
  expect(givesUp(() => unknown)).toEqual([30, 'given up after 30 s without a checkpoint: nobody knows the block'])
  expect(givesUp((second) => (second < 20 ? CHECKPOINT : unknown))?.[0]).toBe(50)
  expect(givesUp((second) => (second < 20 ? unknown : FOLLOWING))).toBeUndefined()
  const never: LightClientStage = { ...CHECKPOINT, problem: 'it is too old', hope: 'none' }
  expect(givesUp((second) => (second < 7 ? CHECKPOINT : never))).toEqual([7, 'given up: it is too old'])
})

test('a head that is followed is waited for as long as it takes to be final', () => {
  expect(givesUp(() => FOLLOWING)).toBeUndefined()
})
