import { bytesToUnprefixedHex } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOfDigits, digitsOf } from './hex.ts'

test('digits of bytes, of either case, are those bytes again, behind whatever prefix', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom('', '0x', 'xyz'),
      fc.boolean(),
      (bytes, prefix, up) => {
        const digits = bytesToUnprefixedHex(bytes)
        expect(digitsOf(bytes)).toBe(digits)
        expect(bytesOfDigits(`${prefix}${up ? digits.toUpperCase() : digits}`, prefix.length)).toEqual(bytes)
      },
    ),
  )
})

test('anything else is none: other characters, whatever their lower bytes say, and odd numbers of digits', () => {
  const isHex = (text: string) => /^([0-9a-fA-F]{2})*$/.test(text)
  const character = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...'0123456789abcdefABCDEF') },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) },
    // Letters of other scripts with the lower byte of a digit.
    { weight: 1, arbitrary: fc.constantFrom('\u0141', '\u1030', '\u0f61', '\u0130') },
  )
  fc.assert(
    fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
      const text = characters.join('')
      expect(bytesOfDigits(text) !== undefined).toBe(isHex(text))
    }),
    { numRuns: 1_000 },
  )
  expect(bytesOfDigits('0', 2)).toBeUndefined()
})
