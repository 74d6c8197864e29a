/** 0x50, 0x5f-0x9f: POP, PUSH, DUP, SWAP; 0xe6-0xe8: DUPN, SWAPN, EXCHANGE (EIP-8024). */
import type { Frame } from '../frame.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, type Signal } from '../signal.ts'
import type { OpDefinition, Run } from '../operation.ts'

/** EIP-8024: operands are never 0x5b to 0x7f, so that jump destinations are found without knowing of them. */
const OPERAND_GAP_END = 0x80
const LAST_SINGLE_BELOW_GAP = 0x5a
const LAST_PAIR_BELOW_GAP = 0x51

export function stackOps(): OpDefinition[] {
  const ops: OpDefinition[] = [
    [0x50, 1, 0, pop],
    [0x5f, 0, 1, push0],
    [0xe6, 0, 1, duplicateDeep],
    [0xe7, 0, 0, swapDeep],
    [0xe8, 0, 0, exchange],
  ]
  for (let size = 1; size <= 32; size++) ops.push([0x5f + size, 0, 1, push(size)])
  for (let depth = 1; depth <= 16; depth++) {
    ops.push([0x7f + depth, depth, depth + 1, dup(depth)])
    ops.push([0x8f + depth, depth + 1, depth + 1, swap(depth)])
  }
  return ops
}

const pop: Run = (frame) => {
  frame.height--
  return CONTINUE
}

const push0: Run = (frame) => {
  frame.push(0n)
  return CONTINUE
}

function push(size: number): Run {
  return (frame) => {
    frame.push(frame.analysis.constant(frame.pc - 1, size))
    frame.pc += size
    return CONTINUE
  }
}

function dup(depth: number): Run {
  return (frame) => {
    const { stack, height } = frame
    stack[height] = stack[height - depth]!
    frame.height = height + 1
    return CONTINUE
  }
}

function swap(depth: number): Run {
  return (frame) => {
    const { stack } = frame
    const top = frame.height - 1
    const item = stack[top]!
    stack[top] = stack[top - depth]!
    stack[top - depth] = item
    return CONTINUE
  }
}

/** The byte behind the operation, zero past the end of the code; the program goes on after it. */
function operand(frame: Frame): number {
  return frame.analysis.code[frame.pc++] ?? 0
}

const isSingle = (byte: number): boolean => byte <= LAST_SINGLE_BELOW_GAP || byte >= OPERAND_GAP_END
/** EIP-8024, decode_single: 17 to 235. */
const decodeSingle = (byte: number): number => (byte + 145) % 256

const duplicateDeep: Run = (frame, machine) => {
  const byte = operand(frame)
  if (!isSingle(byte)) return machine.fail(frame, 'invalid opcode')
  const depth = decodeSingle(byte)
  if (frame.height < depth) return machine.fail(frame, 'stack underflow')
  frame.push(frame.stack[frame.height - depth]!)
  return CONTINUE
}

const swapDeep: Run = (frame, machine) => {
  const byte = operand(frame)
  if (!isSingle(byte)) return machine.fail(frame, 'invalid opcode')
  return swapItems(frame, machine, 0, decodeSingle(byte))
}

/** EIP-8024, decode_pair: places below the top, the first above the second, 30 between them at most. */
const exchange: Run = (frame, machine) => {
  const byte = operand(frame)
  if (byte > LAST_PAIR_BELOW_GAP && byte < OPERAND_GAP_END) return machine.fail(frame, 'invalid opcode')
  const mixed = byte ^ 0x8f
  const [high, low] = [mixed >> 4, mixed & 0x0f]
  return high < low ? swapItems(frame, machine, high + 1, low + 1) : swapItems(frame, machine, low + 1, 29 - high)
}

/** Counted from the top, which is 0. */
function swapItems(frame: Frame, machine: Machine, one: number, other: number): Signal {
  const { stack } = frame
  const top = frame.height - 1
  if (one > top || other > top) return machine.fail(frame, 'stack underflow')
  const item = stack[top - one]!
  stack[top - one] = stack[top - other]!
  stack[top - other] = item
  return CONTINUE
}
