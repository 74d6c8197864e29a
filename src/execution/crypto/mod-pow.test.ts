import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes, number } from './fixtures.ts'
import { modPow } from './mod-pow.ts'
import { MAX_LIMBS } from './montgomery-wasm.ts'

/** Bit by bit from the right: another way than any in the code. */
function schoolbook(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus
  for (let rest = exponent, power = base % modulus; rest > 0n; rest >>= 1n, power = (power * power) % modulus)
    if ((rest & 1n) === 1n) result = (result * power) % modulus
  return result
}

/** Numbers of every size up to `bits`, with those that carry far: next to powers of two. */
const upTo = (bits: number): fc.Arbitrary<bigint> =>
  fc.nat(bits).chain((size) =>
    fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** BigInt(size) }),
      fc.bigInt({ min: -2n, max: 2n }).map((near) => (2n ** BigInt(size) + near < 0n ? 0n : 2n ** BigInt(size) + near)),
    ),
  )

const exponentBytes = (exponent: bigint): Uint8Array =>
  bytes(number(exponent, Math.ceil(exponent.toString(16).length / 2) + 1))

test('equals multiplication bit by bit, for moduli of 1 to 600 bits', () => {
  fc.assert(
    fc.property(upTo(620), upTo(300), upTo(600), (base, exponent, modulus) => {
      fc.pre(modulus > 0n)
      expect(modPow(base, exponentBytes(exponent), modulus)).toBe(schoolbook(base, exponent, modulus))
    }),
    { numRuns: 2000 },
  )
})

test('at the largest size that wasm multiplies, and past it', () => {
  const limit = BigInt(MAX_LIMBS * 28)
  fc.assert(
    fc.property(
      upTo(2400),
      fc.bigInt({ min: 2n ** 40n, max: 2n ** 64n }),
      fc.bigInt({ min: -40n, max: 40n }),
      (base, exponent, near) => {
        const modulus = 2n ** (limit + near) - 1n
        expect(modPow(base, exponentBytes(exponent), modulus)).toBe(schoolbook(base, exponent, modulus))
      },
    ),
    { numRuns: 60 },
  )
})

test('the largest values: every limb full', () => {
  for (let bits = 29; bits <= 2048; bits += 61) {
    const modulus = 2n ** BigInt(bits) - 1n
    expect(modPow(modulus - 1n, bytes('ff'.repeat(8)), modulus)).toBe(schoolbook(modulus - 1n, 2n ** 64n - 1n, modulus))
  }
})

test('a long exponent takes linear time', () => {
  const start = performance.now()
  // 800,000 steps. Shifting a number of that length once per step, as the plain loop does, takes over ten seconds.
  expect(modPow(3n, bytes('ff'.repeat(100_000)), 1_000_003n)).toBe(
    modPow(3n, exponentBytes((2n ** 800_000n - 1n) % 1_000_002n), 1_000_003n),
  )
  expect(performance.now() - start).toBeLessThan(8_000)
})
