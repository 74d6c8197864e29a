/** Receipts as the execution API shows them: most of it follows from the block and the receipts before. */
import type { ExecutionSchedule } from '../../../chain/execution-schedule.ts'
import type { WasmCrypto } from '../../../execution/crypto/wasm-crypto.ts'
import { blobGasPrice, GAS_PER_BLOB } from '../fees/blob-fees.ts'
import { data, quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { DecodedBlock } from './decoded-block.ts'
import type { PlacedLog } from './logs.ts'
import { logJson, logsByTransaction } from './logs.ts'
import type { Receipt } from './receipt.ts'
import { createdAddress, effectiveGasPrice } from './transaction.ts'

interface ReceiptTools {
  readonly schedule: ExecutionSchedule
  readonly crypto: WasmCrypto
}

/**
 * @param receipts of the whole block: gas is counted up over them, and so are logs
 * @throws {MalformedObjectError}
 */
export function receiptJson(
  decoded: DecodedBlock,
  receipts: readonly Receipt[],
  index: number,
  tools: ReceiptTools,
): JsonObject {
  const logs = logsByTransaction(receipts)[index] ?? []
  return shown({ decoded, receipts, index, logs }, tools)
}

/** Of all transactions of the block, as {@link receiptJson}. */
export function blockReceiptsJson(
  decoded: DecodedBlock,
  receipts: readonly Receipt[],
  tools: ReceiptTools,
): JsonObject[] {
  const logs = logsByTransaction(receipts)
  return receipts.map((_, index) => shown({ decoded, receipts, index, logs: logs[index] ?? [] }, tools))
}

interface PlacedReceipt {
  readonly decoded: DecodedBlock
  readonly receipts: readonly Receipt[]
  readonly index: number
  readonly logs: readonly PlacedLog[]
}

function shown({ decoded, receipts, index, logs }: PlacedReceipt, { schedule, crypto }: ReceiptTools): JsonObject {
  const { block, header } = decoded
  const [transaction, receipt] = [decoded.transactions[index], receipts[index]]
  if (transaction === undefined || receipt === undefined) {
    throw new RangeError(`block ${block.number} has no receipt ${index}`)
  }
  const { outcome, cumulativeGasUsed } = receipt
  return {
    type: quantity(transaction.type),
    transactionHash: data(transaction.hash),
    transactionIndex: quantity(index),
    blockHash: data(block.hash),
    blockNumber: quantity(block.number),
    from: data(transaction.sender()),
    to: transaction.to === undefined ? null : data(transaction.to),
    cumulativeGasUsed: quantity(cumulativeGasUsed),
    gasUsed: quantity(cumulativeGasUsed - (receipts[index - 1]?.cumulativeGasUsed ?? 0n)),
    contractAddress: transaction.to === undefined ? data(createdAddress(transaction, crypto)) : null,
    logs: logs.map((log) => logJson(decoded, log, 'added')),
    logsBloom: data(receipt.logsBloom),
    effectiveGasPrice: quantity(effectiveGasPrice(transaction, header.baseFeePerGas)),
    ...(outcome.kind === 'root' ? { root: data(outcome.root) } : { status: quantity(outcome.status) }),
    ...(transaction.blobCount > 0 &&
      header.blob !== undefined && {
        blobGasUsed: quantity(transaction.blobCount * GAS_PER_BLOB),
        blobGasPrice: quantity(blobGasPrice(schedule, header.timestamp, header.blob.excessGas)),
      }),
  }
}
