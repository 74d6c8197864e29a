/** A table of operations that tells each step, for tracers. */
import type { Failure, Frame } from '../evm/frame.ts'
import type { Machine } from '../evm/machine.ts'
import type { Op, OpTable } from '../evm/operation.ts'
import { HALT, WAIT, type Signal } from '../evm/signal.ts'

/** One step of a frame. */
export interface Step {
  readonly opcode: number
  readonly pc: number
  /** Left before it. */
  readonly gas: number
  readonly op: Op
  readonly frame: Frame
  readonly machine: Machine
}

export interface StepListener {
  /**
   * Before the step, which may yet have to wait for a value: then this is told again. What it answers is called when the step
   * is done. `refused`: it is not done, for want of stack or of gas at its static price.
   */
  (step: Step, refused: Failure | undefined): ((signal: Signal) => void) | undefined
}

/** The machine's own checks find nothing to do: they are made here, where they can be told. */
const UNCHECKED = { inputs: 0, maxHeight: Infinity, gas: 0 }

/** @param opcodes those that are told; the others run as fast as ever */
export function steppedTable(table: OpTable, listener: StepListener, opcodes?: ReadonlySet<number>): OpTable {
  return table.map((op, opcode) =>
    opcodes === undefined || opcodes.has(opcode) ? { ...UNCHECKED, run: stepped(op, opcode, listener) } : op,
  )
}

/** LOG0 to LOG4. */
export const LOG_OPCODES: ReadonlySet<number> = new Set([0xa0, 0xa1, 0xa2, 0xa3, 0xa4])

function stepped(op: Op, opcode: number, listener: StepListener) {
  return (frame: Frame, machine: Machine): Signal => {
    const pc = frame.pc - 1
    const gas = frame.gas
    const refused = refusal(op, frame)
    const done = listener({ opcode, pc, gas, op, frame, machine }, refused)
    if (refused !== undefined) {
      // Where the machine would have stopped by itself.
      frame.pc = pc
      machine.fail(frame, refused)
      done?.(HALT)
      return HALT
    }
    frame.gas -= op.gas
    machine.hasWorked(op.gas)
    const signal = op.run(frame, machine)
    if (signal === WAIT) frame.gas += op.gas
    else done?.(signal)
    return signal
  }
}

function refusal(op: Op, frame: Frame): Failure | undefined {
  if (frame.height < op.inputs) return 'stack underflow'
  if (frame.height > op.maxHeight) return 'stack overflow'
  return frame.gas < op.gas ? 'out of gas' : undefined
}
