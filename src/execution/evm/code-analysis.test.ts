import fc from 'fast-check'
import { expect, test } from 'vitest'
import { analyse } from './code-analysis.ts'

/** Mostly JUMPDESTs and PUSHes, so that data hides destinations. */
const byte = fc.oneof(fc.constant(0x5b), fc.integer({ min: 0x5e, max: 0x80 }), fc.integer({ min: 0, max: 255 }))
const codes = fc.array(byte, { maxLength: 120 }).map((bytes) => Uint8Array.from(bytes))

/** Yellow Paper 9.4.3: walks from the start, once for each place. */
function isDestination(code: Uint8Array, place: number): boolean {
  let at = 0
  while (at < place) at += code[at]! >= 0x60 && code[at]! <= 0x7f ? code[at]! - 0x5e : 1
  return at === place && code[place] === 0x5b
}

test('jump destinations are those that a walk from the start finds', () => {
  fc.assert(
    fc.property(codes, (code) => {
      for (let at = 0; at < code.length + 3; at++)
        expect(analyse(code).isJumpDestination(at)).toBe(isDestination(code, at))
      expect(analyse(code).isJumpDestination(2 ** 40)).toBe(false)
    }),
  )
})

test('constants are what stands in the code, continued with zeros where it ends, each time they are asked for', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat({ max: 45 }),
      fc.integer({ min: 1, max: 32 }),
      (code, at, size) => {
        const bytes = Array.from({ length: size }, (_, i) => code[at + 1 + i] ?? 0)
        const expected = bytes.reduce((word, next) => (word << 8n) | BigInt(next), 0n)
        expect(analyse(code).constant(at, size)).toBe(expected)
        expect(analyse(code).constant(at, size)).toBe(expected)
      },
    ),
  )
})

test('code is analysed once', () => {
  const code = Uint8Array.of(0x5b)
  expect(analyse(code)).toBe(analyse(code))
  expect(analyse(code.slice())).not.toBe(analyse(code))
})
