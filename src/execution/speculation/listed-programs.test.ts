/**
 * Blocks of random programs, with creations, self-destructs, delegations and slots put to zero, under Amsterdam: the list
 * that execution gives tells the state before each transaction, and results that come of it are taken over one and all.
 */
import type { TypedTxData } from '@ethereumjs/tx'
import { Address, bigIntToHex, bytesToHex, createContractAddress, eoaCode7702SignAuthorization } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  address,
  code,
  memoryReader,
  op,
  push,
  plain,
  runTestBlock,
  sender,
  systemContracts,
  TEST_CHAIN_ID,
  TEST_COINBASE,
  testBlock,
  testJob,
  type TestAccount,
  type TestBlock,
  type TestRun,
  type TestState,
} from '../execution.fixtures.ts'
import { EMPTY } from '../programs.fixtures.ts'
import { bytesToWord } from '../words.ts'
import { compareListedStates } from './listed-states.fixtures.ts'
import { openListedSession, speculateToTheEnd } from './rounds.fixtures.ts'
import { blockOf, scenes, stateOf } from './scenes.fixtures.ts'

const RUNS = Number(process.env['BEAMTAB_ENGINE_RUNS'] ?? 12)

/** With its list: every transaction by itself, and the block with what came of that. @returns which were taken over */
async function byList(state: TestState, block: TestBlock, accessList: Uint8Array) {
  const job = testJob('tuned', block)
  const session = await openListedSession(job, accessList)
  const { results } = await speculateToTheEnd(session, await memoryReader(state), session.groups.flat().reverse())
  const run = await runTestBlock('tuned', block, await memoryReader(state), results)
  return { ...run, count: session.groups.length }
}

const essence = ({ adopted: _, ...rest }: TestRun): unknown => plain(rest)

test('random programs', async () => {
  let adopted = 0
  let transactions = 0
  await fc.assert(
    fc.asyncProperty(scenes('amsterdam'), async (scene) => {
      // Since the merge no state holds empty accounts (EIP-7523): lists have no word for their end.
      const state = new Map([...stateOf('amsterdam', scene)].filter(([key]) => key !== EMPTY))
      const block = blockOf('amsterdam', scene)
      const expected = await runTestBlock('tuned', block, await memoryReader(state)).catch(() => undefined)
      // Of an invalid block there is no list.
      if (expected === undefined) return
      const accessList = expected.blockAccessList!
      const reader = await memoryReader(state)
      await compareListedStates(testJob('tuned', block), accessList, () => reader)
      const { count, ...actual } = await byList(state, block, accessList)
      expect(essence(actual)).toEqual(essence(expected))
      adopted += actual.adopted.length
      transactions += count
    }),
    { numRuns: 4 * RUNS },
  )
  process.stderr.write(`${adopted} of ${transactions} results taken over\n`)
  expect(adopted).toBeGreaterThanOrEqual(0.95 * transactions)
}, 120_000)

const TARGET = 0x7a46e7n
const OTHER = 0x07e4n
const COINBASE = bytesToWord(TEST_COINBASE)
const INCREMENTS = code(op(0x54, 0n), [0x60, 1], [0x01], [0x60, 0], [0x55])

/** In order, one transaction each, of one sender where nothing else is said. */
async function listed(transactions: readonly TypedTxData[], accounts: readonly [bigint, TestAccount][]) {
  const state: TestState = new Map([
    ...systemContracts('amsterdam'),
    [sender(0).key, { balance: 10n ** 18n }],
    ...accounts,
  ])
  const fees = { gasPrice: 10n, gasLimit: 3_000_000n }
  const block = testBlock(
    'amsterdam',
    transactions.map((fields, nonce) => ({
      from: sender(0),
      fields: { type: 0, nonce: BigInt(nonce), ...fees, ...fields },
    })),
  )
  const expected = await runTestBlock('tuned', block, await memoryReader(state))
  const reader = await memoryReader(state)
  await compareListedStates(testJob('tuned', block), expected.blockAccessList!, () => reader)
  const { count, ...actual } = await byList(state, block, expected.blockAccessList!)
  expect(essence(actual)).toEqual(essence(expected))
  expect(count).toBe(transactions.length)
  return actual.adopted
}

const call = (key: bigint, value = 0n): TypedTxData => ({ to: new Address(address(key)), value })

test('a counter that all of one sender count on', async () => {
  const calls = Array.from({ length: 5 }, () => call(TARGET))
  expect(await listed(calls, [[TARGET, { nonce: 1n, code: INCREMENTS }]])).toEqual([0, 1, 2, 3, 4])
})

test('a look at the balance of the coinbase, which each transaction pays', async () => {
  const looks = code(op(0x31, COINBASE), op(0x54, 0n), [0x01], [0x60, 0], [0x55])
  const calls = Array.from({ length: 3 }, () => call(TARGET))
  expect(await listed(calls, [[TARGET, { nonce: 1n, code: looks }]])).toEqual([0, 1, 2])
})

test('a slot that is put to zero, and set again', async () => {
  // Slot 0 becomes its own negation as a truth.
  const flips = code(op(0x54, 0n), [0x15], [0x60, 0], [0x55])
  const calls = Array.from({ length: 4 }, () => call(TARGET))
  const accounts: [bigint, TestAccount][] = [[TARGET, { nonce: 1n, code: flips, storage: new Map([[0n, 1n]]) }]]
  expect(await listed(calls, accounts)).toEqual([0, 1, 2, 3])
})

/** Keeps something at slot 1, and deploys this. */
function deploys(runtime: Uint8Array): Uint8Array {
  const { length } = runtime
  return code(
    op(0x55, 1n, 1n),
    [0x5f + length, ...runtime],
    [...push(0n), 0x52],
    op(0xf3, 32n - BigInt(length), BigInt(length)),
  )
}

const createdBy = (nonce: bigint): bigint =>
  bytesToWord(createContractAddress(new Address(address(sender(0).key)), nonce).bytes)

test('a contract that is created, and called from then on', async () => {
  const created = createdBy(0n)
  const creation = { data: deploys(INCREMENTS) } as TypedTxData
  const adopted = await listed([creation, call(created), call(TARGET, 1n), call(created)], [])
  expect(adopted).toEqual([0, 1, 2, 3])
})

test('a contract that is destroyed as it is created, and paid afterwards', async () => {
  const created = createdBy(0n)
  const creation = { data: code(op(0x55, 1n, 1n), op(0xff, TARGET)), value: 5n } as TypedTxData
  const looks = code(op(0x31, created), [0x60, 0], [0x55])
  const accounts: [bigint, TestAccount][] = [[TARGET, { nonce: 1n, code: looks }]]
  expect(await listed([creation, call(created, 3n), call(TARGET)], accounts)).toEqual([0, 1, 2])
})

test('an account that is delegated, to another contract, and to none again', async () => {
  const authority = sender(1)
  const delegation = (to: bigint, nonce: bigint) => {
    const input = { chainId: '0x0', address: bytesToHex(address(to)), nonce: bigIntToHex(nonce) } as const
    const authorizationList = [eoaCode7702SignAuthorization(input, authority.secret)]
    const fees = { maxFeePerGas: 20n, maxPriorityFeePerGas: 2n }
    return {
      type: 4,
      chainId: TEST_CHAIN_ID,
      ...fees,
      to: new Address(address(OTHER)),
      authorizationList,
    } as TypedTxData
  }
  const calls = [
    delegation(TARGET, 0n),
    call(authority.key),
    delegation(OTHER, 1n),
    call(authority.key),
    delegation(0n, 2n),
    call(authority.key, 1n),
  ]
  const accounts: [bigint, TestAccount][] = [
    [authority.key, { balance: 1n }],
    [TARGET, { nonce: 1n, code: INCREMENTS }],
    // Squares what the first has counted.
    [OTHER, { nonce: 1n, code: code(op(0x54, 0n), [0x80, 0x02], [0x60, 0], [0x55]) }],
  ]
  expect(await listed(calls, accounts)).toEqual([0, 1, 2, 3, 4, 5])
})
