import { expect, test } from 'vitest'
import { HeldBytes } from './held-bytes.ts'

test('each client has its own room, which comes back', () => {
  const held = new HeldBytes(100)
  expect([held.take('a', 60), held.take('a', 41), held.take('a', 40), held.take('b', 100)]).toEqual([
    true,
    false,
    true,
    true,
  ])
  held.release('a', 60)
  expect([held.take('a', 61), held.take('a', 60)]).toEqual([false, true])
})

test('one thing that is too large for it goes alone', () => {
  const held = new HeldBytes(100)
  expect([held.take('a', 500), held.take('a', 1)]).toEqual([true, false])
  held.release('a', 500)
  expect(held.take('a', 1)).toBe(true)
})
