/** What the other guess finds in the same round, and what it may cost. */
import { Address } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import {
  address,
  memoryReader,
  sender,
  systemContracts,
  testBlock,
  testJob,
  type TestState,
} from '../execution.fixtures.ts'
import { bytesToWord } from '../words.ts'
import { answer, openSession } from './rounds.fixtures.ts'
import type { MissingValue } from './missing-values.ts'

const CONTRACT = 0x100000n

/** JUMPI over SLOAD(2) where SLOAD(1) is zero. */
const BEHIND_A_BALANCE = Uint8Array.of(0x60, 1, 0x54, 0x15, 0x60, 0x0a, 0x57, 0x60, 2, 0x54, 0x5b, 0)

/** SLOAD(100), SLOAD(101) and so on for as long as SLOAD(0) is not zero. */
const ENDLESS = Uint8Array.of(0x60, 100, 0x5b, 0x80, 0x54, 0x50, 0x60, 1, 0x01, 0x60, 0, 0x54, 0x60, 2, 0x57, 0)

async function called(code: Uint8Array, storage: ReadonlyMap<bigint, bigint>) {
  const state: TestState = new Map([
    ...systemContracts('prague'),
    [sender(0).key, { balance: 10n ** 20n }],
    [CONTRACT, { nonce: 1n, code, storage }],
  ])
  const fields = { type: 0, gasPrice: 10n, gasLimit: 2_000_000n, to: new Address(address(CONTRACT)) }
  const session = await openSession(testJob('tuned', testBlock('prague', [{ from: sender(0), fields }])))
  const reader = await memoryReader(state)
  const learn = async (values: readonly MissingValue[]) => {
    const learned = await Promise.all(values.map((value) => answer(reader, value)))
    session.learn(learned.filter((value) => value !== undefined))
  }
  await learn([
    { kind: 'account', address: address(CONTRACT) },
    { kind: 'code', address: address(CONTRACT), codeHash: undefined },
  ])
  const round = async () => {
    const { missing, complete } = await session.speculate([0], 60_000)
    const slots = missing.flatMap(({ value }) => (value.kind === 'storage' ? [bytesToWord(value.slot)] : []))
    return { slots, complete, learn: () => learn(missing.map(({ value }) => value)) }
  }
  return { round }
}

test('keys on both sides of a slot that nobody knows are found at once', async () => {
  const { round } = await called(BEHIND_A_BALANCE, new Map([[1n, 5n]]))
  const first = await round()
  expect(first.slots).toEqual([1n, 2n])
  await first.learn()
  const second = await round()
  expect(second.slots).toEqual([])
  expect(second.complete.map(({ index }) => index)).toEqual([0])
})

test('what only the other guess looked at is not waited for once the slot has come', async () => {
  const { round } = await called(BEHIND_A_BALANCE, new Map([[9n, 9n]]))
  const first = await round()
  expect(first.slots).toEqual([1n, 2n])
  await first.learn()
  expect(await round()).toMatchObject({ slots: [], complete: [{ index: 0, status: 1 }] })
})

test('a length that is taken for plenty names a hundred keys, not thousands', async () => {
  const { round } = await called(ENDLESS, new Map([[9n, 9n]]))
  const { slots } = await round()
  expect(slots.length).toBeGreaterThan(2)
  expect(slots.length).toBeLessThanOrEqual(130)
})
