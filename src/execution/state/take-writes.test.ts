import { expect, test } from 'vitest'
import { memoryReader } from '../execution.fixtures.ts'
import { FlatState } from './flat-state.ts'
import { ImpossibleBalanceError, takeWrites } from './take-writes.ts'

test.each([
  ['less than nothing', -1n],
  ['more than a word holds', 2n ** 256n],
])('an account with %s is refused by name', async (_, balance) => {
  const state = new FlatState(await memoryReader(new Map()))
  const entry = state.entry(0xaan)
  await state.load(entry)
  state.setBalance(entry, balance)
  expect(() => takeWrites(state)).toThrow(ImpossibleBalanceError)
  expect(() => takeWrites(state)).toThrow(`00aa would have ${balance} wei; expected 0 to 2^256 - 1`)
})
