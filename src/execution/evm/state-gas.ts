/**
 * Gas for what a transaction adds to the state (EIP-8037). It comes out of a reservoir, which holds what the transaction
 * offers beyond the most that it may compute with, and after that out of the frame's own gas.
 */
import type { Frame } from './frame.ts'

export class StateGas {
  constructor(
    public reservoir: number,
    /** Charged and not given back so far; less than nothing where a call gives back what came before it. */
    public used: number,
  ) {}

  /** Whether the frame can pay `gas` and `stateGas` together. */
  affords(frame: Frame, gas: number, stateGas: number): boolean {
    return gas + stateGas <= frame.gas + this.reservoir
  }

  /** False where it cannot be had; the frame has to fail then. */
  charge(frame: Frame, amount: number): boolean {
    const spilled = this.take(amount, frame.gas)
    if (spilled === undefined) return false
    frame.gas -= spilled
    frame.spilled += spilled
    return true
  }

  /** What of `amount` has to come out of `gas`; undefined, and nothing has changed, when that is not enough. */
  take(amount: number, gas: number): number | undefined {
    const spilled = Math.max(0, amount - this.reservoir)
    if (spilled > gas) return undefined
    this.reservoir -= amount - spilled
    this.used += amount
    return spilled
  }

  /** Last out, first in: to the frame's gas as far as the frame has paid with it, then to the reservoir. */
  refund(frame: Frame, amount: number): void {
    const toFrame = Math.min(amount, frame.spilled)
    frame.gas += toFrame
    frame.spilled -= toFrame
    this.reservoir += amount - toFrame
    this.used -= amount
  }
}
