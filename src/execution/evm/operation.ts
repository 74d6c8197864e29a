/** An operation of the machine, as the rooms of `ops/` define them and as the machine runs them. */
import type { Frame } from './frame.ts'
import type { Machine } from './machine.ts'
import type { Signal } from './signal.ts'

/** The static price is paid, and the stack's bounds are checked, before it runs. */
export type Run = (frame: Frame, machine: Machine) => Signal

/** An operation as its room defines it: opcode byte, items taken and given, function. */
export type OpDefinition = readonly [opcode: number, inputs: number, outputs: number, run: Run]

export interface Op {
  readonly inputs: number
  /** With more items than this on the stack it would overflow. */
  readonly maxHeight: number
  readonly gas: number
  readonly run: Run
}

export type OpTable = readonly Op[]
