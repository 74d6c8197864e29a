import { expect, test } from 'vitest'
import type { AccountEffect, TransactionResult } from '../../execution/speculation/transaction-result.ts'
import { expectedEmptying } from './expected-writes.ts'

const result = (index: number, effects: readonly AccountEffect[]) =>
  ({ index, effects }) as unknown as TransactionResult

const written = (key: bigint, slots: readonly (readonly [bigint, bigint])[], storage: 'kept' | 'cleared' = 'kept') => ({
  ...{ kind: 'updated' as const, key, nonce: undefined, balanceAdded: 0n, code: undefined },
  ...{ storage, slots },
})

const name = (value: bigint, digits: number) => value.toString(16).padStart(digits, '0')

test('the last value of each slot counts, by the order of the block, of accounts that a slot of is emptied', () => {
  const { accounts } = expectedEmptying([
    result(2, [written(1n, [[7n, 0n]])]),
    result(0, [
      written(1n, [
        [7n, 5n],
        [8n, 9n],
      ]),
      written(2n, [[7n, 0n]]),
    ]),
    result(1, [written(2n, [[7n, 3n]])]),
  ])
  expect([...accounts.keys()]).toEqual([name(1n, 40)])
  expect(accounts.get(name(1n, 40))).toMatchObject({
    storage: {
      kind: 'kept',
      slots: new Map([
        [name(7n, 64), new Uint8Array()],
        [name(8n, 64), Uint8Array.of(9)],
      ]),
    },
  })
})

test('storage that is gone as a whole leaves nothing alone', () => {
  const { accounts } = expectedEmptying([result(0, [{ kind: 'deleted', key: 1n }, written(2n, [[7n, 0n]], 'cleared')])])
  expect(accounts.size).toBe(0)
})
