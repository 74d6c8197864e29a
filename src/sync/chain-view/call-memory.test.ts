import { expect, test } from 'vitest'
import { asAddress, asHash } from '../../chain/bytes.ts'
import type { CallWork } from '../../execution/remote/call-messages.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import { CallMemory } from './call-memory.ts'

const address = (byte: number) => asAddress(new Uint8Array(20).fill(byte))
const account = (byte: number): MissingValue => ({ kind: 'account', address: address(byte) })
const call = (to: number, data: readonly number[]): CallWork => ({
  method: 'call',
  request: { call: { to: address(to), data: Uint8Array.from(data) } },
})

test('the same call is given what it read, codes without the hash that they had', () => {
  const memory = new CallMemory()
  const code: MissingValue = { kind: 'code', address: address(2), codeHash: asHash(new Uint8Array(32)) }
  expect(memory.recall(call(1, [1, 2, 3, 4]))).toEqual([])
  memory.note(call(1, [1, 2, 3, 4]), [], [account(1), code])
  expect(memory.recall(call(1, [1, 2, 3, 4]))).toEqual([account(1), { ...code, codeHash: undefined }])
  memory.note(call(1, [1, 2, 3, 4]), memory.recall(call(1, [1, 2, 3, 4])), [account(3)])
  expect(memory.recall(call(1, [1, 2, 3, 4]))).toHaveLength(3)
})

test('another call of the same function is given what the first one read, one of another nothing', () => {
  const memory = new CallMemory()
  memory.note(call(1, [1, 2, 3, 4, 5]), [], [account(1)])
  memory.note(call(1, [1, 2, 3, 4, 6]), [account(1)], [account(2)])
  expect(memory.recall(call(1, [1, 2, 3, 4, 7]))).toEqual([account(1)])
  expect(memory.recall(call(1, [1, 2, 3, 4, 6]))).toEqual([account(1), account(2)])
  expect(memory.recall(call(1, [1, 2, 3, 9, 5]))).toEqual([])
  expect(memory.recall(call(2, [1, 2, 3, 4, 5]))).toEqual([])
})

test('it holds so many calls, and none that read too much', () => {
  const memory = new CallMemory()
  const many = Array.from({ length: 257 }, (_, byte) => account(byte % 256))
  memory.note(call(1, [1]), [], many)
  expect(memory.recall(call(1, [1]))).toEqual([])
  memory.note(call(1, [1]), [], [account(1)])
  for (let number = 0; number < 600; number++) memory.note(call(2, [number >> 8, number & 255]), [], [account(2)])
  expect(memory.recall(call(1, [1]))).toEqual([])
  expect(memory.recall(call(2, [599 >> 8, 599 & 255]))).toEqual([account(2)])
})
