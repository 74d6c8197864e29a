import { expect, test } from 'vitest'
import { formatAge, slotAge } from './age.ts'

test.each([
  [0.4, 'now'],
  [12.9, '12 s ago'],
  [119, '119 s ago'],
  [120, '2 min ago'],
  [7_199, '119 min ago'],
  [7_200, '2 h ago'],
  [28 * 3_600, '28 h ago'],
  [100 * 86_400, '100 d ago'],
  [-0.5, 'now'],
  [-4.2, 'in 4 s'],
])('%d s are told as %s', (seconds, text) => {
  expect(formatAge(seconds)).toBe(text)
})

test('a slot is as old as the time since it began', () => {
  expect(slotAge({ genesisTime: 1_000, slotSeconds: 12 }, 5, 1_072_000)).toBe(12)
})
