/**
 * Montgomery multiplication for odd moduli of one size, as a small wasm module written here instruction by instruction.
 *
 * Why: a block may hold thousands of 256-bit exponentiations (field inversions of zero-knowledge verifiers), and a `BigInt`
 * multiplication with its division takes 0.3 to 0.5 µs at that size, most of it allocation. In wasm it takes 0.1 µs.
 *
 * Numbers are limbs of 28 bits in 64-bit words: sums of products then fit a word and no carry is passed on until the end
 * (C. K. Koc et al., "Analyzing and Comparing Montgomery Multiplication Algorithms", 1996, operand scanning). With R at least four times the
 * modulus, factors below twice the modulus give a product below twice the modulus, and nothing is ever subtracted.
 */

const LIMB_BITS = 28
/**
 * 2,048-bit moduli. Sums of `limbs` products of 57 bits would stay below 2^64 up to 127 limbs, but `BigInt` multiplies larger
 * numbers with fewer steps, and they hardly occur.
 */
export const MAX_LIMBS = 74

export interface MontgomeryKernel {
  readonly limbs: number
  /** R = 2^rBits. */
  readonly rBits: bigint
  /** Numbers in the module's memory, `limbs` words each; number 0 is the modulus. */
  readonly words: BigUint64Array
  /** Number of the word that holds -1 / modulus mod 2^28. */
  readonly inverseAt: number
  /** Writes a * b / R modulo the modulus, below twice the modulus, to `target`. Arguments are byte offsets of numbers. */
  readonly multiply: (target: number, a: number, b: number) => void
}

const kernels = new Map<number, MontgomeryKernel>()

/** Limbs that a modulus of `bits` bits needs. */
export const limbsFor = (bits: number): number => Math.ceil((bits + 2) / LIMB_BITS)

/** The module for numbers of so many limbs (2 to {@link MAX_LIMBS}), made once per thread and size: about 1 ms. */
export function montgomeryKernel(limbs: number): MontgomeryKernel {
  let kernel = kernels.get(limbs)
  if (kernel === undefined) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(limbs)))
    const { memory, multiply } = instance.exports as {
      memory: WebAssembly.Memory
      multiply: MontgomeryKernel['multiply']
    }
    const words = new BigUint64Array(memory.buffer)
    kernel = { limbs, rBits: BigInt(limbs * LIMB_BITS), words, inverseAt: limbs, multiply }
    kernels.set(limbs, kernel)
  }
  return kernel
}

/** Splits a number that fits the limbs. */
export function putLimbs(words: BigUint64Array, at: number, limbs: number, value: bigint): void {
  let rest = value
  for (let i = 0; i < limbs; i++) {
    words[at + i] = BigInt.asUintN(LIMB_BITS, rest)
    rest >>= SHIFT
  }
}

export function takeLimbs(words: BigUint64Array, at: number, limbs: number): bigint {
  let value = 0n
  for (let i = limbs - 1; i >= 0; i--) value = (value << SHIFT) | words[at + i]!
  return value
}

/** -1 / modulus mod 2^28, by Newton's iteration: each step doubles the number of right bits, an odd number starts with 3. */
export function negatedInverse(modulus: bigint): bigint {
  const low = Number(BigInt.asUintN(LIMB_BITS, modulus))
  let inverse = low
  for (let bits = 3; bits < LIMB_BITS; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(low, inverse))
  return BigInt.asUintN(LIMB_BITS, -BigInt(inverse))
}

const SHIFT = BigInt(LIMB_BITS)

// What follows is the module's text. Numbers are opcodes of the WebAssembly core specification, chapter 5.4.
const I32 = 0x7f
const I64 = 0x7e
const get = (local: number): number[] => [0x20, ...unsigned(local)]
const set = (local: number): number[] => [0x21, ...unsigned(local)]
const tee = (local: number): number[] => [0x22, ...unsigned(local)]
const int32 = (value: number): number[] => [0x41, ...signed(value)]
const int64 = (value: number): number[] => [0x42, ...signed(value)]
/** Operand: base address on the stack; 3 is log2 of the alignment. */
const load = (offset: number): number[] => [0x29, 3, ...unsigned(offset)]
const store = (offset: number): number[] => [0x37, 3, ...unsigned(offset)]
const ADD_32 = 0x6a
const DIFFER_32 = 0x47
const ADD = 0x7c
const MULTIPLY = 0x7e
const AND = 0x83
const SHIFT_RIGHT = 0x88
const LOOP = [0x03, 0x40]
const REPEAT_IF = [0x0d, 0]
const END = 0x0b

/** Parameters and locals of `multiply`. */
const TARGET = 0
const A = 1
const B = 2
const A_END = 3
const DIGIT = 4
const QUOTIENT = 5
const CARRY = 6
const SUMS = 7

function multiplyCode(limbs: number): number[] {
  const sum = (i: number): number => SUMS + i
  const modulusLimb = (i: number): number[] => [...int32(0), ...load(8 * i)]
  const digitTimesB = (i: number): number[] => [...get(DIGIT), ...get(B), ...load(8 * i), MULTIPLY]
  const code = [...get(A), ...int32(8 * limbs), ADD_32, ...set(A_END), ...LOOP, ...get(A), ...load(0), ...set(DIGIT)]
  // The lowest sum decides which multiple of the modulus makes it divisible by 2^28; then everything moves down a limb.
  code.push(...get(sum(0)), ...digitTimesB(0), ADD, ...tee(CARRY))
  code.push(...int32(0), ...load(8 * limbs), MULTIPLY, ...int64(2 ** LIMB_BITS - 1), AND, ...tee(QUOTIENT))
  code.push(...modulusLimb(0), MULTIPLY, ...get(CARRY), ADD, ...int64(LIMB_BITS), SHIFT_RIGHT, ...set(CARRY))
  for (let i = 1; i < limbs; i++) {
    code.push(...get(sum(i)), ...digitTimesB(i), ADD, ...get(QUOTIENT), ...modulusLimb(i), MULTIPLY, ADD)
    if (i === 1) code.push(...get(CARRY), ADD)
    code.push(...set(sum(i - 1)))
  }
  code.push(...int64(0), ...set(sum(limbs - 1)))
  code.push(...get(A), ...int32(8), ADD_32, ...tee(A), ...get(A_END), DIFFER_32, ...REPEAT_IF, END)
  for (let i = 0; i < limbs - 1; i++) {
    code.push(...get(TARGET), ...get(sum(i)), ...int64(2 ** LIMB_BITS - 1), AND, ...store(8 * i))
    code.push(...get(sum(i + 1)), ...get(sum(i)), ...int64(LIMB_BITS), SHIFT_RIGHT, ADD, ...set(sum(i + 1)))
  }
  code.push(...get(TARGET), ...get(sum(limbs - 1)), ...store(8 * (limbs - 1)), END)
  return code
}

function moduleBytes(limbs: number): Uint8Array<ArrayBuffer> {
  const locals = [
    ...vector([
      [...unsigned(1), I32],
      [...unsigned(3 + limbs), I64],
    ]),
  ]
  const body = [...locals, ...multiplyCode(limbs)]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, ...vector([[I32], [I32], [I32]]), 0]]),
    ...section(3, [[0]]),
    // One page: the modulus, a result and a table of 16 powers of 74 limbs each take 11 KiB.
    ...section(5, [[0, 1]]),
    ...section(7, [
      [...text('memory'), 2, 0],
      [...text('multiply'), 0, 0],
    ]),
    ...section(10, [[...unsigned(body.length), ...body]]),
  ])
}

function section(id: number, items: readonly number[][]): number[] {
  const content = vector(items)
  return [id, ...unsigned(content.length), ...content]
}

const vector = (items: readonly number[][]): number[] => [...unsigned(items.length), ...items.flat()]

const text = (value: string): number[] => [...unsigned(value.length), ...new TextEncoder().encode(value)]

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return bytes
}

/** Signed LEB128 of a number that is not negative: the last byte's bit 6 is the sign. */
function signed(value: number): number[] {
  const bytes = []
  let rest = value
  for (; rest >= 0x40; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return bytes
}
