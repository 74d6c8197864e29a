/** 0x50, 0x5f-0x9f: POP, PUSH, DUP, SWAP. */
import { CONTINUE } from '../signal.ts'
import type { OpDefinition, Run } from '../operation.ts'

export function stackOps(): OpDefinition[] {
  const ops: OpDefinition[] = [
    [0x50, 1, 0, pop],
    [0x5f, 0, 1, push0],
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
