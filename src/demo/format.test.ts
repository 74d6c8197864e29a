import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  clipped,
  formatBytes,
  formatInteger,
  formatMilliseconds,
  formatShare,
  reasonOf,
  sentence,
  shortHex,
} from './format.ts'

test('gas has separators, times a tenth only where it matters, sizes a unit', () => {
  expect(formatInteger(50_234_567)).toBe('50,234,567')
  expect([0, 0.44, 9.94, 9.96, 1_234.5].map(formatMilliseconds)).toEqual(['0.0', '0.4', '9.9', '10', '1,235'])
  expect([0, 1_023, 1_024, 1_048_575, 512 * 1_048_576].map(formatBytes)).toEqual([
    '0 B',
    '1,023 B',
    '1.0 KiB',
    '1.0 MiB',
    '512 MiB',
  ])
})

test('a hash is shortened, a number as text is not', () => {
  expect(shortHex(`0x${'12'.repeat(32)}`)).toBe('0x12121212…121212')
  expect(shortHex('12907474')).toBe('12907474')
})

test('a participation of 100 % is said of all signers only', () => {
  expect(formatShare(512, 512)).toBe('100 %')
  expect(formatShare(0, 0)).toBeUndefined()
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(), (whole, part) => {
      fc.pre(part < whole)
      expect(formatShare(part, whole)).not.toMatch(/^100/)
    }),
  )
})

test('text from outside takes a bounded place', () => {
  expect(clipped('x'.repeat(1_000_000)).length).toBeLessThan(450)
  expect(reasonOf(new TypeError('y'.repeat(1_000_000))).length).toBeLessThan(450)
  expect([sentence('done'), sentence('done.')]).toEqual(['done.', 'done.'])
})
