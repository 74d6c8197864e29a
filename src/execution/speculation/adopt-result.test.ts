/** Which changes of earlier transactions let a result stand, and which do not. */
import { Address } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import {
  address,
  code,
  memoryReader,
  op,
  plain,
  push,
  runTestBlock,
  sender,
  systemContracts,
  TEST_COINBASE,
  testBlock,
  testJob,
  type TestAccount,
  type TestRun,
  type TestState,
} from '../execution.fixtures.ts'
import { bytesToWord } from '../words.ts'
import { openSession, speculateToTheEnd } from './rounds.fixtures.ts'

const TARGET = 0x7a46e7n
const OTHER = 0x07e4n
const COINBASE = bytesToWord(TEST_COINBASE)
const GAS = 200_000n

interface Call {
  readonly from: 0 | 1
  readonly to: bigint
  readonly value?: bigint
}

/** Positions of the transactions whose results were taken; the outcome has been compared with plain execution. */
async function adopted(calls: readonly Call[], accounts: readonly [bigint, TestAccount][]): Promise<readonly number[]> {
  const state: TestState = new Map([
    ...systemContracts('prague'),
    [sender(0).key, { balance: 10n ** 18n }],
    [sender(1).key, { balance: 10n ** 18n }],
    ...accounts,
  ])
  const nonces = [0n, 0n]
  const block = testBlock(
    'prague',
    calls.map(({ from, to, value = 0n }) => ({
      from: sender(from),
      fields: { type: 0, to: new Address(address(to)), value, nonce: nonces[from]!++, gasPrice: 10n, gasLimit: GAS },
    })),
  )
  const session = await openSession(testJob('tuned', block))
  const { results } = await speculateToTheEnd(session, await memoryReader(state), session.groups.flat())
  expect(results.size).toBe(calls.length)
  const actual = await runTestBlock('tuned', block, await memoryReader(state), results)
  const expected = await runTestBlock('tuned', block, await memoryReader(state))
  const essence = ({ adopted: _, ...rest }: TestRun): unknown => plain(rest)
  expect(essence(actual)).toEqual(essence(expected))
  return actual.adopted
}

const storesBalanceOf = (key: bigint): TestAccount => ({ nonce: 1n, code: code(op(0x31, key), push(1n), [0x55]) })
/** Pays when it is called without value, and says whether it could; takes value and does nothing. */
function pays(to: bigint, value: bigint, balance: bigint): TestAccount {
  const body = code(op(0xf1, 50_000n, to, value, 0n, 0n, 0n, 0n), push(1n), [0x55, 0x00])
  const end = 4 + body.length
  return { nonce: 1n, balance, code: code([0x34, 0x60, end, 0x57], [...body], [0x5b]) }
}

test('fees to the same coinbase, and payments to the same account, commute', async () => {
  const calls: Call[] = [
    { from: 0, to: TARGET, value: 5n },
    { from: 1, to: TARGET, value: 7n },
  ]
  expect(await adopted(calls, [[TARGET, { balance: 1n }]])).toEqual([0, 1])
  expect(await adopted(calls, [[COINBASE, { balance: 1n }]])).toEqual([0, 1])
  // The account is made by the first of them; the second would pay the same for that under any order.
  expect(await adopted(calls, [])).toEqual([0, 1])
})

test('whoever looks at a balance that has been paid since is run again', async () => {
  const calls: Call[] = [
    { from: 0, to: OTHER, value: 5n },
    { from: 1, to: TARGET },
  ]
  const accounts = (seen: bigint): [bigint, TestAccount][] => [
    [OTHER, { balance: 1n }],
    [TARGET, storesBalanceOf(seen)],
  ]
  expect(await adopted(calls, accounts(OTHER))).toEqual([0])
  // The coinbase has got the first one's fee.
  expect(await adopted(calls, accounts(COINBASE))).toEqual([0])
  expect(await adopted(calls, accounts(0x1234n))).toEqual([0, 1])
})

test('a sender who has been paid since is still good for the same transaction', async () => {
  const calls: Call[] = [
    { from: 0, to: sender(1).key, value: 5n },
    { from: 1, to: OTHER, value: 3n },
  ]
  expect(await adopted(calls, [])).toEqual([0, 1])
})

test('a contract that could pay before and now stands; one that could not before and can now does not', async () => {
  const calls: Call[] = [
    { from: 0, to: TARGET, value: 5n },
    { from: 1, to: TARGET },
  ]
  const payee: [bigint, TestAccount] = [OTHER, { balance: 1n }]
  expect(await adopted(calls, [[TARGET, pays(OTHER, 4n, 10n)], payee])).toEqual([0, 1])
  expect(await adopted(calls, [[TARGET, pays(OTHER, 4n, 0n)], payee])).toEqual([0])
  // Enough for neither.
  expect(await adopted(calls, [[TARGET, pays(OTHER, 6n, 0n)], payee])).toEqual([0, 1])
})

test('a slot that was written since is a conflict, and one that was written back is none', async () => {
  const increments = code(op(0x54, 0n), push(1n), [0x01], push(0n), [0x55])
  const calls: Call[] = [
    { from: 0, to: TARGET },
    { from: 1, to: TARGET },
  ]
  expect(await adopted(calls, [[TARGET, { nonce: 1n, code: increments }]])).toEqual([0])
  const lock = code(op(0x54, 0n), [0x50], op(0x55, 0n, 1n), op(0x55, 0n, 0n))
  expect(await adopted(calls, [[TARGET, { nonce: 1n, code: lock }]])).toEqual([0, 1])
})

test('transactions of one sender follow one another on what the earlier ones have left', async () => {
  const increments = code(op(0x54, 0n), push(1n), [0x01], push(0n), [0x55])
  const calls: Call[] = Array.from({ length: 4 }, () => ({ from: 0, to: TARGET }))
  expect(await adopted(calls, [[TARGET, { nonce: 1n, code: increments }]])).toEqual([0, 1, 2, 3])
})
