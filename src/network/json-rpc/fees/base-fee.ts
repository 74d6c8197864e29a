/** EIP-1559: the base fee of the block after a given one. */
import type { ExecutionSchedule } from '../../../chain/execution-schedule.ts'
import type { Header } from '../objects/header.ts'

/** The gas limit is so many times the target. */
const ELASTICITY_MULTIPLIER = 2n
/** A base fee moves by at most an eighth a block. */
const MAX_CHANGE_DENOMINATOR = 8n
const INITIAL_BASE_FEE = 1_000_000_000n

/** Undefined where that block is before London. */
export function nextBaseFee(schedule: ExecutionSchedule, header: Header): bigint | undefined {
  const { baseFeePerGas: base, gasLimit, gasUsed } = header
  if (base === undefined) return isLondon(schedule, header.number + 1) ? INITIAL_BASE_FEE : undefined
  const target = gasLimit / ELASTICITY_MULTIPLIER
  if (gasUsed === target || target === 0n) return base
  const change = (base * (gasUsed > target ? gasUsed - target : target - gasUsed)) / target / MAX_CHANGE_DENOMINATOR
  if (gasUsed > target) return base + (change > 1n ? change : 1n)
  return base - change
}

function isLondon({ blockForks }: ExecutionSchedule, number: number): boolean {
  const london = blockForks.find(({ name }) => name === 'london')
  return london !== undefined && london.block <= number
}
