/** Prices of blob gas: EIP-4844, its schedule by fork (EIP-7840, EIP-7892) and its floor (EIP-7918). */
import type { BlobParams, ExecutionSchedule } from '../../../chain/execution-schedule.ts'
import type { Header } from '../objects/header.ts'
import { MalformedObjectError } from '../objects/rlp-items.ts'

/** EIP-4844. */
export const GAS_PER_BLOB = 131_072

/** Undefined before Cancun. */
export function blobParamsAt({ timeForks }: ExecutionSchedule, timestamp: number): BlobParams | undefined {
  return timeForks.findLast((fork) => fork.timestamp <= timestamp)?.blobs
}

/**
 * Wei per unit of blob gas.
 * @throws {MalformedObjectError} for an excess that no chain can have reached, or before Cancun
 */
export function blobGasPrice(schedule: ExecutionSchedule, timestamp: number, excessBlobGas: bigint): bigint {
  const params = blobParamsAt(schedule, timestamp)
  if (params === undefined) throw new MalformedObjectError(`a block of ${timestamp}, before Cancun, has blob gas`)
  const fraction = BigInt(params.baseFeeUpdateFraction)
  if (excessBlobGas > LN_OF_WORD_LIMIT * fraction) {
    throw new MalformedObjectError(`excess blob gas of ${excessBlobGas} makes a price of more than 256 bits`)
  }
  return fakeExponential(excessBlobGas, fraction)
}

/** Of the block after this one, as long as no fork comes between; 0 before Cancun. */
export function nextExcessBlobGas(schedule: ExecutionSchedule, header: Header): bigint {
  const params = blobParamsAt(schedule, header.timestamp)
  if (params === undefined || header.blob === undefined) return 0n
  const { gasUsed, excessGas } = header.blob
  const target = BigInt(params.target * GAS_PER_BLOB)
  if (excessGas + gasUsed < target) return 0n
  return isBelowFloor(schedule, header)
    ? excessGas + (gasUsed * BigInt(params.max - params.target)) / BigInt(params.max)
    : excessGas + gasUsed - target
}

/** EIP-7918: as long as a blob costs less than the execution it saves, its price does not fall. */
function isBelowFloor(schedule: ExecutionSchedule, { timestamp, baseFeePerGas, blob }: Header): boolean {
  const osaka = schedule.timeForks.find(({ name }) => name === 'osaka')
  if (osaka === undefined || osaka.timestamp > timestamp || blob === undefined) return false
  const price = blobGasPrice(schedule, timestamp, blob.excessGas)
  return BLOB_BASE_COST * (baseFeePerGas ?? 0n) > BigInt(GAS_PER_BLOB) * price
}

/** EIP-7918: units of execution gas. */
const BLOB_BASE_COST = 2n ** 13n

/** ln(2^256) = 177.4; the series below takes as many steps as the excess is large, so it has to be bounded. */
const LN_OF_WORD_LIMIT = 177n

/** EIP-4844: e^(numerator / denominator), rounded down as all clients do. */
function fakeExponential(numerator: bigint, denominator: bigint): bigint {
  let sum = 0n
  for (let step = 1n, term = denominator; term > 0n; step++) {
    sum += term
    term = (term * numerator) / (denominator * step)
  }
  return sum / denominator
}
