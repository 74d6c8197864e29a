/** Which blocks a simulation has: gaps filled, numbers and times in order (geth, internal/ethapi: sanitizeChain). */
import type { Hash } from '../../../chain/bytes.ts'
import type { BlockOverrides } from '../block-overrides.ts'
import { CallError } from '../call-error.ts'
import type { StateOverrides } from '../state-overrides.ts'
import type { TransactionCall } from '../transaction-call.ts'

/** EIP-4895; the amount is in gwei. */
export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: bigint
  readonly address: Uint8Array
  readonly amount: bigint
}

export interface SimulatedOverrides extends BlockOverrides {
  readonly parentBeaconBlockRoot?: Hash | undefined
  readonly withdrawals?: readonly Withdrawal[] | undefined
}

export interface SimulatedCalls {
  readonly overrides: SimulatedOverrides
  readonly state: StateOverrides | undefined
  readonly calls: readonly TransactionCall[]
}

export interface PlannedBlock extends SimulatedCalls {
  readonly number: bigint
  readonly timestamp: bigint
}

/** execution-apis: 256 blocks, gaps counted. */
const MAX_BLOCKS = 256n
/** Seconds between blocks where nothing is said. */
const SLOT = 12n

const NUMBERS_OUT_OF_ORDER = -38020
const TIMES_OUT_OF_ORDER = -38021
const CLIENT_LIMIT = -38026

/** @throws {CallError} */
export function planBlocks(
  blocks: readonly SimulatedCalls[],
  base: { readonly number: bigint; readonly timestamp: bigint },
): PlannedBlock[] {
  const planned: PlannedBlock[] = []
  let { number: lastNumber, timestamp: lastTime } = base
  for (const block of blocks) {
    const number = block.overrides.number ?? lastNumber + 1n
    if (number <= lastNumber) {
      throw new CallError(NUMBERS_OUT_OF_ORDER, `block numbers must be in order: ${number} <= ${lastNumber}`)
    }
    if (number - base.number > MAX_BLOCKS) throw new CallError(CLIENT_LIMIT, 'too many blocks')
    while (lastNumber + 1n < number) {
      lastNumber += 1n
      lastTime += SLOT
      planned.push({ number: lastNumber, timestamp: lastTime, overrides: {}, state: undefined, calls: [] })
    }
    const timestamp = block.overrides.timestamp ?? lastTime + SLOT
    if (timestamp <= lastTime) {
      throw new CallError(TIMES_OUT_OF_ORDER, `block timestamps must be in order: ${timestamp} <= ${lastTime}`)
    }
    planned.push({ ...block, number, timestamp })
    lastNumber = number
    lastTime = timestamp
  }
  return planned
}
