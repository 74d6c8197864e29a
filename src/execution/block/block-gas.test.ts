/** What fits into a block, before and since Amsterdam. */
import { createBlockHeader } from '@ethereumjs/block'
import { createTx } from '@ethereumjs/tx'
import type { RunTxResult } from '@ethereumjs/vm'
import { expect, test } from 'vitest'
import { testCommon, type TestFork } from '../execution.fixtures.ts'
import { BlockGas } from './block-gas.ts'

const CAP = 2n ** 24n
const LIMIT = 30_000_000n

function begin(fork: TestFork) {
  const common = testCommon(fork)
  const header = createBlockHeader({ gasLimit: LIMIT }, { common, skipConsensusFormatValidation: true })
  const problem = (gasLimit: bigint) =>
    gas.problem(createTx({ type: 0, gasLimit, to: `0x${'11'.repeat(20)}` }, { common }))
  const gas = new BlockGas(header)
  return { gas, problem, add: (spent: Partial<RunTxResult>) => gas.add(spent as RunTxResult) }
}

test('until Osaka one sum: what senders pay is what the block has used', () => {
  const { gas, problem, add } = begin('prague')
  add({ totalGasSpent: 20_000_000n, blockGasSpent: 20_000_000n })
  expect([gas.paid, gas.total]).toEqual([20_000_000n, 20_000_000n])
  expect(problem(10_000_000n)).toBeUndefined()
  expect(problem(10_000_001n)).toMatch(/wants 10000001 gas; 10000000 of the block's 30000000 are left/)
})

test('since Amsterdam the larger of two kinds, apart from what senders pay', () => {
  const { gas, add } = begin('amsterdam')
  add({ totalGasSpent: 5n, blockGasSpent: 9n, txRegularGas: 6n, txStateGas: 3n })
  expect([gas.paid, gas.total]).toEqual([5n, 6n])
  add({ totalGasSpent: 10n, blockGasSpent: 10n, txRegularGas: 2n, txStateGas: 8n })
  expect([gas.paid, gas.total]).toEqual([15n, 11n])
})

test('a transaction needs room for what it may compute with, and for all of its gas as state', () => {
  const { problem, add } = begin('amsterdam')
  expect(problem(LIMIT)).toBeUndefined()
  add({ totalGasSpent: 0n, blockGasSpent: 0n, txRegularGas: LIMIT - CAP, txStateGas: 1n })
  expect(problem(CAP + 1n)).toBeUndefined()
  expect(problem(LIMIT)).toMatch(/wants up to 30000000 gas for state; 29999999 of the block's 30000000 are left/)
  add({ totalGasSpent: 0n, blockGasSpent: 0n, txRegularGas: 1n, txStateGas: 0n })
  expect(problem(CAP - 1n)).toBeUndefined()
  expect(problem(CAP)).toMatch(/wants 16777216 gas; 16777215 of the block's/)
})
