import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MASK_256 } from '../words.ts'
import { MAX_TUNED_GAS, Memory, toOffset } from './memory.ts'

/** Yellow Paper, equation 326, in exact numbers. */
function cost(words: bigint): bigint {
  return 3n * words + (words * words) / 512n
}
const wordsFor = (offset: bigint, length: bigint): bigint => (length === 0n ? 0n : (offset + length + 31n) / 32n)

const place = fc.tuple(fc.nat({ max: 5000 }), fc.nat({ max: 200 }))

test('growth costs what the yellow paper says, in whatever steps it comes', () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 8 }), (places) => {
      const memory = new Memory()
      let paid = 0n
      let words = 0n
      for (const [offset, length] of places) {
        paid += BigInt(memory.expansionGas(offset, length))
        memory.grow(offset, length)
        const needed = wordsFor(BigInt(offset), BigInt(length))
        words = needed > words ? needed : words
        expect(paid).toBe(cost(words))
        expect(memory.words).toBe(Number(words))
        expect(memory.bytes.length).toBeGreaterThanOrEqual(32 * memory.words)
      }
    }),
  )
})

const huge = fc.oneof(
  fc.bigInt(0n, MASK_256),
  fc.bigInt(2n ** 32n - 40n, 2n ** 32n + 40n),
  fc.constantFrom(0n, 2n ** 40n, 2n ** 53n, 2n ** 64n - 1n, MASK_256),
)

test('an offset or a length of any size costs the exact price, or more than any gas there is', () => {
  fc.assert(
    fc.property(huge, huge, (offset, length) => {
      const memory = new Memory()
      const gas = length === 0n ? 0 : memory.expansionGas(toOffset(offset), toOffset(length))
      const exact = cost(wordsFor(offset, length))
      expect(Number.isFinite(gas)).toBe(true)
      if (exact > MAX_TUNED_GAS) expect(gas).toBeGreaterThan(Number(MAX_TUNED_GAS))
      else expect(BigInt(gas)).toBe(exact)
    }),
    { numRuns: 500 },
  )
})

test('what is stored is loaded, new memory is zero, and what leaves is a copy', () => {
  fc.assert(
    fc.property(fc.nat({ max: 3000 }), fc.bigInt(0n, MASK_256), (offset, value) => {
      const memory = new Memory()
      memory.grow(0, 32)
      memory.store(0, MASK_256)
      memory.grow(offset, 64)
      memory.store(offset, value)
      expect(memory.load(offset)).toBe(value)
      expect(memory.load(offset + 32)).toBe(offset >= 32 ? 0n : memory.load(offset + 32))
      const [slice, peeked] = [memory.slice(offset, 32), memory.peek(offset, 32)]
      expect(slice).toEqual(peeked)
      memory.store(offset, 0n)
      expect(slice).toEqual(peeked)
    }),
  )
})

test('peeking past the end reads zeros and grows nothing', () => {
  const memory = new Memory()
  memory.grow(0, 32)
  memory.store(0, MASK_256)
  expect(memory.peek(31, 3)).toEqual(Uint8Array.of(255, 0, 0))
  expect(memory.peek(100_000, 2)).toEqual(new Uint8Array(2))
  expect(memory.words).toBe(1)
})

test('copies fill with zeros where the source ends, wherever they begin', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      huge,
      fc.nat({ max: 60 }),
      fc.nat({ max: 60 }),
      (source, from, to, length) => {
        const memory = new Memory()
        memory.grow(0, 128)
        memory.bytes.fill(0xee, 0, 128)
        memory.copyFrom(source, toOffset(from), to, length)
        const expected = new Uint8Array(128).fill(0xee)
        for (let i = 0; i < length; i++) expected[to + i] = source[Number(from) + i] ?? 0
        expect(memory.bytes.subarray(0, 128)).toEqual(expected)
      },
    ),
  )
})
