/** What `eth_feeHistory` tells of consecutive blocks (execution-apis). */
import type { ExecutionSchedule } from '../../../chain/execution-schedule.ts'
import { quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { Header } from '../objects/header.ts'
import { nextBaseFee } from './base-fee.ts'
import { blobGasPrice, blobParamsAt, GAS_PER_BLOB, nextExcessBlobGas } from './blob-fees.ts'

/**
 * @param headers oldest first
 * @param reward a list for each of them; undefined where none were asked for
 */
export function feeHistoryJson(
  schedule: ExecutionSchedule,
  headers: readonly Header[],
  reward: readonly (readonly string[])[] | undefined,
): JsonObject {
  const [first, last] = [headers[0], headers.at(-1)]
  if (first === undefined || last === undefined) return { oldestBlock: '0x0', baseFeePerGas: [], gasUsedRatio: [] }
  const blobPrice = ({ blob, timestamp }: Header): bigint =>
    blob === undefined ? 0n : blobGasPrice(schedule, timestamp, blob.excessGas)
  const nextBlobPrice =
    last.blob === undefined ? 0n : blobGasPrice(schedule, last.timestamp, nextExcessBlobGas(schedule, last))
  return {
    oldestBlock: quantity(first.number),
    baseFeePerGas: [...headers.map((header) => header.baseFeePerGas ?? 0n), nextBaseFee(schedule, last) ?? 0n].map(
      quantity,
    ),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => (gasLimit === 0n ? 0 : Number(gasUsed) / Number(gasLimit))),
    baseFeePerBlobGas: [...headers.map(blobPrice), nextBlobPrice].map(quantity),
    blobGasUsedRatio: headers.map(({ blob, timestamp }) => {
      const max = blobParamsAt(schedule, timestamp)?.max
      return blob === undefined || max === undefined ? 0 : Number(blob.gasUsed) / (max * GAS_PER_BLOB)
    }),
    ...(reward !== undefined && { reward }),
  }
}
