/** 0x01-0x1e: arithmetic, comparison, bits. Words are bigints in [0, 2^256). */
import { MASK_256 } from '../../words.ts'
import type { Frame } from '../frame.ts'
import type { ForkRules } from '../fork-rules.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, type Signal } from '../signal.ts'
import type { OpDefinition, Run } from '../operation.ts'

const MODULUS = 1n << 256n
const SIGN_BIT = 1n << 255n

export function arithmeticOps(rules: ForkRules): OpDefinition[] {
  return [
    [0x01, 2, 1, binary(add)],
    [0x02, 2, 1, binary((a, b) => (a * b) & MASK_256)],
    [0x03, 2, 1, binary(sub)],
    [0x04, 2, 1, binary((a, b) => (b === 0n ? 0n : a / b))],
    [0x05, 2, 1, binary((a, b) => (b === 0n ? 0n : unsigned(signed(a) / signed(b))))],
    [0x06, 2, 1, binary((a, b) => (b === 0n ? 0n : a % b))],
    [0x07, 2, 1, binary((a, b) => (b === 0n ? 0n : unsigned(signed(a) % signed(b))))],
    [0x08, 3, 1, ternary((a, b, n) => (n === 0n ? 0n : (a + b) % n))],
    [0x09, 3, 1, ternary((a, b, n) => (n === 0n ? 0n : (a * b) % n))],
    [0x0a, 2, 1, exp(rules.expByteGas)],
    [0x0b, 2, 1, binary(signExtend)],
    [0x10, 2, 1, binary((a, b) => (a < b ? 1n : 0n))],
    [0x11, 2, 1, binary((a, b) => (a > b ? 1n : 0n))],
    [0x12, 2, 1, binary((a, b) => (signed(a) < signed(b) ? 1n : 0n))],
    [0x13, 2, 1, binary((a, b) => (signed(a) > signed(b) ? 1n : 0n))],
    [0x14, 2, 1, binary((a, b) => (a === b ? 1n : 0n))],
    [0x15, 1, 1, unary((a) => (a === 0n ? 1n : 0n))],
    [0x16, 2, 1, binary((a, b) => a & b)],
    [0x17, 2, 1, binary((a, b) => a | b)],
    [0x18, 2, 1, binary((a, b) => a ^ b)],
    [0x19, 1, 1, unary((a) => a ^ MASK_256)],
    [0x1a, 2, 1, binary((i, word) => (i > 31n ? 0n : (word >> (8n * (31n - i))) & 0xffn))],
    [0x1b, 2, 1, binary((shift, word) => (shift > 255n ? 0n : (word << shift) & MASK_256))],
    [0x1c, 2, 1, binary((shift, word) => (shift > 255n ? 0n : word >> shift))],
    [0x1d, 2, 1, binary(arithmeticShiftRight)],
    [0x1e, 1, 1, unary(countLeadingZeros)],
  ]
}

/**
 * Each call makes its own closure from its own function body, so that the engine sees one callee per opcode and can
 * inline it; a shared helper taking `f` as a plain argument would be called through a lookup.
 */
function unary(f: (a: bigint) => bigint): Run {
  return (frame) => {
    const top = frame.height - 1
    frame.stack[top] = f(frame.stack[top]!)
    return CONTINUE
  }
}

function binary(f: (a: bigint, b: bigint) => bigint): Run {
  return (frame) => {
    const { stack } = frame
    const top = --frame.height
    stack[top - 1] = f(stack[top]!, stack[top - 1]!)
    return CONTINUE
  }
}

function ternary(f: (a: bigint, b: bigint, c: bigint) => bigint): Run {
  return (frame) => {
    const { stack } = frame
    const top = (frame.height -= 2)
    stack[top - 1] = f(stack[top + 1]!, stack[top]!, stack[top - 1]!)
    return CONTINUE
  }
}

function add(a: bigint, b: bigint): bigint {
  const sum = a + b
  return sum > MASK_256 ? sum - MODULUS : sum
}

function sub(a: bigint, b: bigint): bigint {
  const difference = a - b
  return difference < 0n ? difference + MODULUS : difference
}

function signed(word: bigint): bigint {
  return word >= SIGN_BIT ? word - MODULUS : word
}

function unsigned(value: bigint): bigint {
  return value < 0n ? value + MODULUS : value & MASK_256
}

function exp(byteGas: number): Run {
  return (frame: Frame, machine: Machine): Signal => {
    const { stack } = frame
    const top = frame.height - 1
    const base = stack[top]!
    const exponent = stack[top - 1]!
    const gas = byteGas * byteLength(exponent)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    frame.gas -= gas
    machine.hasWorked(gas)
    frame.height = top
    stack[top - 1] = power(base, exponent)
    return CONTINUE
  }
}

function byteLength(value: bigint): number {
  return value === 0n ? 0 : Math.ceil(value.toString(16).length / 2)
}

function power(base: bigint, exponent: bigint): bigint {
  if (base === 2n) return exponent > 255n ? 0n : 1n << exponent
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) & MASK_256
    square = (square * square) & MASK_256
  }
  return result
}

function signExtend(size: bigint, word: bigint): bigint {
  if (size > 30n) return word
  return BigInt.asUintN(256, BigInt.asIntN(8 * (Number(size) + 1), word))
}

function arithmeticShiftRight(shift: bigint, word: bigint): bigint {
  const value = signed(word)
  if (shift > 255n) return value < 0n ? MASK_256 : 0n
  return unsigned(value >> shift)
}

/** EIP-7939. */
function countLeadingZeros(word: bigint): bigint {
  return word === 0n ? 256n : BigInt(256 - word.toString(2).length)
}
