import { expect, test } from 'vitest'
import type { BlockStatus, ImportState } from '../../sync/import/import-status.ts'
import { NO_COSTS } from '../../sync/import/import-tools.ts'
import { BeamLines, UNAVAILABLE_LIMIT_MS } from './beam-lines.ts'

function block(number: number, state: ImportState, part: Partial<BlockStatus> = {}): BlockStatus {
  const hash = `0x${number.toString(16).padStart(64, '0')}` as const
  return {
    ...{ number, hash, parentHash: hash, timestamp: 0, state, reason: undefined, problem: undefined, costs: NO_COSTS },
    ...{ executed: undefined, lag: undefined, record: { kind: 'none' } },
    times: { announced: 1, fetched: undefined, started: undefined, ended: undefined },
    ...part,
  }
}

test('a block is printed once, when its state is final', () => {
  const lines = new BeamLines(undefined)
  for (const state of ['pending', 'fetching', 'executing'] as const)
    expect(lines.take(block(1, state), 0)).toBeUndefined()
  const times = { announced: 1, fetched: 2, started: 5, ended: 12 }
  expect(lines.take(block(1, 'verified', { times, lag: 2 }), 0)).toMatchObject({
    ...{ number: 1, state: 'verified', ms: 7, lag: 2, reason: null },
  })
  // Told again when its record is written.
  expect(lines.take(block(1, 'verified', { record: { kind: 'kept' } }), 0)).toBeUndefined()
  expect([lines.isOver, lines.hasFailed, lines.close()]).toEqual([false, false, []])
})

test('what could not be had at first and then could is printed once, as verified', () => {
  const lines = new BeamLines(2)
  expect(lines.take(block(1, 'unavailable', { reason: 'no server' }), 0)).toBeUndefined()
  expect(lines.take(block(1, 'fetching'), 1)).toBeUndefined()
  expect(lines.take(block(1, 'verified'), UNAVAILABLE_LIMIT_MS - 1)?.state).toBe('verified')
  expect(lines.givenUp(UNAVAILABLE_LIMIT_MS)).toBeUndefined()
  expect(lines.close()).toEqual([])
})

test('what cannot be had is given up after a while, with the first reason and the last', () => {
  const lines = new BeamLines(2)
  lines.take(block(7, 'unavailable', { reason: 'it leaves a node out' }), 0)
  lines.take(block(7, 'unavailable', { reason: 'no server offers it' }), 20_000)
  expect(lines.givenUp(UNAVAILABLE_LIMIT_MS - 1)).toBeUndefined()
  expect(lines.givenUp(UNAVAILABLE_LIMIT_MS)?.number).toBe(7)
  const reason = 'no server offers it; at first: it leaves a node out'
  expect(lines.close()).toMatchObject([{ number: 7, state: 'unavailable', reason, ms: null }])
  expect(lines.hasFailed).toBe(true)
})

test('a run without end gives nothing up, and prints what could not be had when it is stopped', () => {
  const lines = new BeamLines(undefined)
  lines.take(block(2, 'unavailable'), 0)
  expect(lines.givenUp(10 * UNAVAILABLE_LIMIT_MS)).toBeUndefined()
  expect(lines.close()).toMatchObject([{ number: 2, state: 'unavailable' }])
})

test('it is over after as many blocks as were asked for, and prints none beyond', () => {
  const lines = new BeamLines(2)
  lines.take(block(1, 'verified'), 0)
  lines.take(block(2, 'skipped', { reason: 'it lagged' }), 0)
  expect([lines.isOver, lines.hasFailed]).toEqual([true, false])
  expect(lines.take(block(3, 'verified'), 0)).toBeUndefined()
})

test.each(['invalid', 'disputed'] as const)(
  'a block that is %s says what contradicts it, and the run has failed',
  (state) => {
    const lines = new BeamLines(1)
    const problem = { field: 'stateRoot', expected: '0x1', actual: undefined, message: 'no' }
    expect(lines.take(block(1, state, { reason: 'no', problem }), 0)).toMatchObject({
      ...{ state, reason: 'no', problem: { field: 'stateRoot', expected: '0x1', actual: null } },
    })
    expect(lines.hasFailed).toBe(true)
  },
)

test('a head of which nothing can be had is a line of its own', () => {
  const lines = new BeamLines(1)
  expect(lines.unreached({ hash: '0x12', number: undefined }, 'silence')).toMatchObject({
    ...{ number: null, hash: '0x12', state: 'unavailable', requests: 0, reason: 'silence' },
  })
  expect(lines.hasFailed).toBe(true)
})
