/** The versioned hashes of a block's blobs, which the Engine API wants beside the payload (EIP-4844). */
import { RLP } from '@ethereumjs/rlp'
import { messageOf } from '../../chain/thrown.ts'

/** A blob transaction's type byte. */
const BLOB_TRANSACTION = 0x03

/** Of `blob_versioned_hashes` in the transaction's list: after chain id, nonce, two fees, gas, to, value, data, access list and blob fee. */
const HASHES_FIELD = 10

/** A transaction of a payload is not what its type byte says: the block is invalid, whatever an execution client makes of it. */
export class BlobTransactionError extends Error {
  override name = 'BlobTransactionError'
  constructor(index: number, what: string) {
    super(`transaction ${index} of the payload has the type byte of a blob transaction, but ${what}`)
  }
}

/**
 * Those of all blob transactions, in their order.
 * @param transactions as in a payload: RLP, or type byte and RLP
 * @throws {BlobTransactionError}
 */
export function versionedHashes(transactions: readonly Uint8Array[]): readonly Uint8Array[] {
  return transactions.flatMap((transaction, i) =>
    transaction[0] === BLOB_TRANSACTION ? hashesOf(transaction.subarray(1), i) : [],
  )
}

function hashesOf(body: Uint8Array, index: number): readonly Uint8Array[] {
  const hashes = fieldsOf(body, index)[HASHES_FIELD]
  if (!Array.isArray(hashes)) throw new BlobTransactionError(index, 'no list of hashes stands where it belongs')
  return hashes.map((hash) => {
    if (hash instanceof Uint8Array && hash.length === 32) return hash
    throw new BlobTransactionError(index, 'one of its versioned hashes is not 32 bytes long')
  })
}

function fieldsOf(body: Uint8Array, index: number): readonly unknown[] {
  try {
    const fields = RLP.decode(body)
    if (Array.isArray(fields)) return fields
  } catch (error) {
    throw new BlobTransactionError(index, `it is no RLP: ${messageOf(error)}`)
  }
  throw new BlobTransactionError(index, 'it is no list')
}
