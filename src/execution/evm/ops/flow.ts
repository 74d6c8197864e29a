/** Jumps, PC, GAS, and the ways a frame ends by itself. */
import type { Frame } from '../frame.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, HALT, type Signal } from '../signal.ts'
import { toOffset } from '../memory.ts'
import type { OpDefinition, Run } from '../operation.ts'

const NOTHING = new Uint8Array(0)

export function flowOps(): OpDefinition[] {
  return [
    [0x00, 0, 0, stop],
    [0x56, 1, 0, jump],
    [0x57, 2, 0, jumpIf],
    [0x58, 0, 1, programCounter],
    [0x5a, 0, 1, gasLeft],
    [0x5b, 0, 0, () => CONTINUE],
    [0xf3, 2, 0, end('success')],
    [0xfd, 2, 0, end('revert')],
  ]
}

const stop: Run = (frame) => {
  frame.outcome = { kind: 'success', output: NOTHING }
  return HALT
}

const jump: Run = (frame, machine) => jumpTo(frame, machine, frame.stack[--frame.height]!)

const jumpIf: Run = (frame, machine) => {
  const { stack } = frame
  const top = (frame.height -= 2)
  return stack[top] === 0n ? CONTINUE : jumpTo(frame, machine, stack[top + 1]!)
}

function jumpTo(frame: Frame, machine: Machine, destination: bigint): Signal {
  const pc = toOffset(destination)
  if (!frame.analysis.isJumpDestination(pc)) return machine.fail(frame, 'invalid jump')
  frame.pc = pc
  return CONTINUE
}

const programCounter: Run = (frame) => {
  frame.push(BigInt(frame.pc - 1))
  return CONTINUE
}

const gasLeft: Run = (frame) => {
  frame.push(BigInt(frame.gas))
  return CONTINUE
}

function end(kind: 'success' | 'revert'): Run {
  return (frame, machine) => {
    const { stack, memory } = frame
    const top = frame.height - 1
    const length = toOffset(stack[top - 1]!)
    const offset = length === 0 ? 0 : toOffset(stack[top]!)
    const gas = memory.expansionGas(offset, length)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    frame.gas -= gas
    memory.grow(offset, length)
    frame.outcome = { kind, output: memory.slice(offset, length) }
    return HALT
  }
}
