/**
 * The gas of one message, from what was bought to what is paid for. Two pockets since EIP-8037: beyond the most that may be
 * computed with, the rest is for growth of the state only.
 */
import type { ForkRules } from '../evm/fork-rules.ts'
import type { IntrinsicGas } from './intrinsic-gas.ts'

/** EIP-3529; the Yellow Paper had a half. */
const MAX_REFUND_QUOTIENT = 5
const FRONTIER_REFUND_QUOTIENT = 2

export interface GasUsed {
  /** What is paid for. */
  readonly paid: number
  /** Without refunds: what had to be there for the message to come through. */
  readonly peak: number
}

export class MessageGas {
  /** For computing. */
  left: number
  reservoir: number
  /** State gas used so far, from either pocket. */
  stateUsed = 0
  refund = 0
  private readonly start: { readonly left: number; readonly reservoir: number }

  constructor(
    private readonly bought: bigint,
    private readonly intrinsic: IntrinsicGas,
  ) {
    const rest = bought - intrinsic.gas
    const { computingLimit } = intrinsic
    const most = computingLimit === undefined ? rest : max(0n, computingLimit - intrinsic.gas)
    this.left = Number(rest < most ? rest : most)
    this.reservoir = Number(rest) - this.left
    this.start = { left: this.left, reservoir: this.reservoir }
  }

  pay(gas: number): boolean {
    if (gas > this.left) return false
    this.left -= gas
    return true
  }

  payForState(gas: number): boolean {
    const spilled = Math.max(0, gas - this.reservoir)
    if (spilled > this.left) return false
    this.reservoir -= gas - spilled
    this.left -= spilled
    this.stateUsed += gas
    return true
  }

  /** Nothing for state has been used after all; what was computed with is gone. */
  forgetState(): void {
    this.reservoir = this.start.reservoir
    this.stateUsed = 0
  }

  used(rules: ForkRules): GasUsed {
    const used = Number(this.bought) - this.left - this.reservoir
    const quotient = rules.selfDestructRefund === 0 ? MAX_REFUND_QUOTIENT : FRONTIER_REFUND_QUOTIENT
    const refunded = used - Math.min(this.refund, Math.floor(used / quotient))
    const floor = Number(this.intrinsic.floor)
    return { paid: Math.max(refunded, floor), peak: Math.max(used, floor) }
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
