/** Modular exponentiation of numbers of any size: Montgomery's way in wasm where that is faster, else over `BigInt`. */
import {
  limbsFor,
  MAX_LIMBS,
  montgomeryKernel,
  negatedInverse,
  putLimbs,
  takeLimbs,
  type MontgomeryKernel,
} from './montgomery-wasm.ts'

/** Below this the transformation to Montgomery's form costs more than it saves (65537 has 17 bits). */
const MIN_EXPONENT_BITS = 32

/** Exponent bits taken at once: with 16 odd powers at hand, 256 bits cost 256 squarings and about 43 multiplications. */
const WINDOW = 5

/**
 * base ^ exponent mod modulus, for modulus > 0 and base >= 0. The exponent is big-endian bytes of any length: as a `BigInt` it would
 * have to be shifted once per bit, which for a long exponent takes time by the square of its length.
 */
export function modPow(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  const bits = bitLength(exponent)
  if (bits === 0) return 1n % modulus
  const reduced = base % modulus
  const limbs = limbsFor(modulus.toString(16).length * 4)
  if ((modulus & 1n) === 0n || bits < MIN_EXPONENT_BITS || limbs > MAX_LIMBS || limbs < 2)
    return plainPow(reduced, exponent, bits, modulus)
  return montgomeryPow(montgomeryKernel(limbs), reduced, exponent, bits, modulus)
}

function plainPow(base: bigint, exponent: Uint8Array, bits: number, modulus: bigint): bigint {
  let result = base
  for (let i = bits - 2; i >= 0; i--) {
    result = (result * result) % modulus
    if (bitAt(exponent, i) === 1) result = (result * base) % modulus
  }
  return result
}

/** Left to right, with windows that begin and end with a one. */
function montgomeryPow(
  kernel: MontgomeryKernel,
  base: bigint,
  exponent: Uint8Array,
  bits: number,
  modulus: bigint,
): bigint {
  const { words, limbs, rBits, inverseAt, multiply } = kernel
  const result = inverseAt + 1
  const powers = result + limbs
  const power = (odd: number): number => 8 * (powers + (odd >> 1) * limbs)
  putLimbs(words, 0, limbs, modulus)
  words[inverseAt] = negatedInverse(modulus)
  putLimbs(words, powers, limbs, (base << rBits) % modulus)
  multiply(8 * result, power(1), power(1))
  for (let odd = 3; odd < 1 << WINDOW; odd += 2) multiply(power(odd), power(odd - 2), 8 * result)

  putLimbs(words, result, limbs, (1n << rBits) % modulus)
  for (let i = bits - 1; i >= 0;) {
    if (bitAt(exponent, i) === 0) {
      multiply(8 * result, 8 * result, 8 * result)
      i--
      continue
    }
    let end = Math.max(i - WINDOW + 1, 0)
    while (bitAt(exponent, end) === 0) end++
    let odd = 0
    for (; i >= end; i--) {
      multiply(8 * result, 8 * result, 8 * result)
      odd = 2 * odd + bitAt(exponent, i)
    }
    multiply(8 * result, 8 * result, power(odd))
  }
  // Out of Montgomery's form: times one, divided by R.
  putLimbs(words, powers, limbs, 1n)
  multiply(8 * result, 8 * result, power(1))
  return takeLimbs(words, result, limbs) % modulus
}

function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first]!) + 24
}

/** Bit 0 is the lowest. */
function bitAt(bytes: Uint8Array, index: number): number {
  return (bytes[bytes.length - 1 - (index >> 3)]! >> (index & 7)) & 1
}
