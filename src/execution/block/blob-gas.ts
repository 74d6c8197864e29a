/** EIP-4844: blob gas of a block, counted on its transactions' bytes. */
import { RLP } from '@ethereumjs/rlp'
import { InvalidBlockError } from './execute-block.ts'

const BLOB_TYPE = 3
const BLOB_HASHES_FIELD = 10
const GAS_PER_BLOB = 131072n

/** @throws {InvalidBlockError} for a blob transaction that is no such list */
export function blobGasOf(transactions: readonly Uint8Array[]): bigint {
  let blobs = 0
  for (const [index, transaction] of transactions.entries())
    if (transaction[0] === BLOB_TYPE) blobs += countBlobs(transaction, index)
  return BigInt(blobs) * GAS_PER_BLOB
}

function countBlobs(transaction: Uint8Array, index: number): number {
  const fields = decode(transaction.subarray(1), index)
  const hashes = Array.isArray(fields) ? fields[BLOB_HASHES_FIELD] : undefined
  if (Array.isArray(hashes)) return hashes.length
  throw new InvalidBlockError(
    'invalid-transaction',
    `transaction ${index} is of blob type and has no list of blob hashes`,
  )
}

function decode(bytes: Uint8Array, index: number) {
  try {
    return RLP.decode(bytes)
  } catch (error) {
    throw new InvalidBlockError('invalid-transaction', `transaction ${index} is not RLP: ${(error as Error).message}`)
  }
}
