/** Transactions that get in each other's way are found, ordered where that pays, and raced where it does not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergedSeries } from '../../execution/speculation/series.ts'
import type { AccountEffect, StateRead, TransactionResult } from '../../execution/speculation/transaction-result.ts'
import type { Call } from './call.ts'
import { ConflictPatterns } from './conflict-patterns.ts'
import { OrderedCalls } from './ordered-calls.ts'
import { OrderingGauge } from './ordering-gauge.ts'

const SEED = Number(process.env['BEAMTAB_SEED'] ?? 5)

const [ROUTER, AGGREGATOR, TOKEN, POOL] = [0xa1n, 0xa2n, 0xa3n, 0xa4n]
const call = (sender: bigint, to: bigint): Call => ({ sender, to, selector: '01020304', words: [] })

const slotRead = (slot: bigint): StateRead => ({ kind: 'slot', key: POOL, slot, value: 0n })
const slotWrite = (slot: bigint): AccountEffect => ({
  ...{ kind: 'updated', key: POOL, nonce: undefined, balanceAdded: 0n, code: undefined, storage: 'kept' },
  slots: [[slot, 1n]],
})
const result = (index: number, reads: StateRead[], effects: AccountEffect[] = []) =>
  ({ index, reads, effects }) as unknown as TransactionResult

/** A swap reads and writes the pool's price, whichever contract it goes through. */
const swap = (index: number) => result(index, [slotRead(1n)], [slotWrite(1n)])
/** A transfer touches slots of its own. */
const transfer = (index: number) => result(index, [slotRead(100n + BigInt(index))], [slotWrite(100n + BigInt(index))])

const CALLS = [call(1n, ROUTER), call(2n, TOKEN), call(3n, AGGREGATOR), call(4n, TOKEN)]

test('calls of contracts that were in each other’s way go together, whichever comes first; others stay apart', () => {
  const patterns = new ConflictPatterns()
  expect(patterns.together(CALLS)).toEqual([])
  patterns.learn(CALLS, [swap(0), transfer(1), swap(2), transfer(3)])
  expect(patterns.together(CALLS)).toEqual([[0, 2]])
  const next = [call(7n, TOKEN), call(5n, AGGREGATOR), call(6n, TOKEN), call(8n, AGGREGATOR), call(9n, ROUTER)]
  expect(mergedSeries([[0], [1], [2], [3], [4]], patterns.together(next))).toEqual([[0], [1, 3, 4], [2]])
})

test('what one sender does to itself is no conflict: it runs in series anyhow', () => {
  const patterns = new ConflictPatterns()
  const calls = [call(1n, ROUTER), call(1n, AGGREGATOR)]
  patterns.learn(calls, [swap(0), swap(1)])
  expect(patterns.together(CALLS)).toEqual([])
})

test('contracts that are seldom in each other’s way are let go, and found again', () => {
  const patterns = new ConflictPatterns()
  const inTheWay = () => patterns.learn(CALLS, [swap(0), swap(2)])
  const atPeace = () => patterns.learn(CALLS, [swap(0), transfer(2)])
  inTheWay()
  atPeace()
  expect(patterns.together(CALLS)).toEqual([[0, 2]])
  atPeace()
  expect(patterns.together(CALLS)).toEqual([])
  for (let block = 0; block < 100; block++) atPeace()
  for (let block = 0; block < 16; block++) inTheWay()
  expect(patterns.together(CALLS)).toEqual([[0, 2]])
})

test('balances that were read for themselves, and accounts that were made or ended, are conflicts; bounds on a balance are none', () => {
  const paid: AccountEffect = { ...slotWrite(1n), slots: [], balanceAdded: 5n } as AccountEffect
  const gone: AccountEffect = { kind: 'deleted', key: POOL }
  const cases: [AccountEffect, StateRead, boolean][] = [
    [paid, { kind: 'balance', key: POOL, min: 7n, max: 7n }, true],
    [paid, { kind: 'balance', key: POOL, min: 7n, max: 9n }, false],
    [gone, { kind: 'existence', key: POOL, exists: true }, true],
    [gone, { kind: 'nonce', key: POOL, value: 1n }, false],
  ]
  for (const [effect, read, is] of cases) {
    const patterns = new ConflictPatterns()
    patterns.learn(CALLS, [result(0, [], [effect]), result(2, [read])])
    expect(patterns.together(CALLS)).toEqual(is ? [[0, 2]] : [])
  }
})

test('what is remembered is bounded: the newest stay', () => {
  const patterns = new ConflictPatterns()
  const pairOf = (n: number) => [call(1n, BigInt(2 * n + 1_000)), call(2n, BigInt(2 * n + 1_001))]
  for (let n = 0; n < 4_100; n++) patterns.learn(pairOf(n), [swap(0), swap(1)])
  expect(patterns.together(pairOf(3))).toEqual([])
  expect(patterns.together(pairOf(4))).toEqual([[0, 1]])
  expect(patterns.together(pairOf(4_099))).toEqual([[0, 1]])
})

test('order is judged by what it spared against what the longest series kept to itself', () => {
  const block = new OrderedCalls(CALLS, [[0, 2]])
  block.learn([swap(0), transfer(1), swap(2), transfer(3)])
  expect(block.judge([0, 1, 2, 3], 2)).toEqual({ spared: 1, waited: 0 })
  expect(block.judge([0, 1, 3], 4)).toEqual({ spared: 0, waited: 1 })
  expect(new OrderedCalls(CALLS, []).judge([0, 1], 2)).toBeUndefined()
})

test('order that costs more than it spares is left off for a while, and tried again', () => {
  const gauge = new OrderingGauge()
  for (let block = 0; block < 4; block++) {
    expect(gauge.isOn()).toBe(true)
    gauge.note({ spared: 2, waited: 9 })
  }
  for (let block = 0; block < 32; block++) {
    expect(gauge.isOn()).toBe(false)
    gauge.note(undefined)
  }
  for (let block = 0; block < 20; block++) gauge.note({ spared: 9, waited: 2 })
  expect(gauge.isOn()).toBe(true)
})

test('series are a partition in the order of the block, whatever is to go together', () => {
  const sets = fc.array(fc.array(fc.nat(30), { maxLength: 5 }), { maxLength: 12 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 25 }), sets, (count, together) => {
      const series = mergedSeries(
        Array.from({ length: count }, (_, index) => [index]),
        together,
      )
      expect(series.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index))
      for (const members of series) expect(members).toEqual([...members].sort((a, b) => a - b))
      expect(series.map(([first]) => first)).toEqual([...series.map(([first]) => first!)].sort((a, b) => a - b))
      for (const set of together) {
        const known = set.filter((index) => index < count)
        expect(series.filter((members) => known.some((index) => members.includes(index))).length).toBeLessThan(2)
      }
    }),
    { seed: SEED },
  )
})
