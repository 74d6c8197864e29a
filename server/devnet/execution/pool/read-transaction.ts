/** A transaction as it comes from outside, checked as far as that goes without a state. Refusals are in geth's words. */
import type { Common } from '@ethereumjs/common'
import type { Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { asHash } from '../../../../src/chain/bytes.ts'
import { checkSidecar, withoutBlobs } from '../../../../src/execution/blob-sidecar.ts'
import {
  BLOB_TYPE,
  readSignedTransaction,
  TransactionRefusal,
  type SignedTransaction,
} from '../../../../src/execution/signed-transaction.ts'
import { SubmitError } from '../../../execution/execution-source.ts'

export interface PooledTransaction extends SignedTransaction {
  readonly hash: Hash
  readonly nonce: bigint
  /** Bytes, as it is encoded. */
  readonly size: number
}

export interface ReadingRules {
  /** Of the next block. */
  readonly common: Common
  readonly keccak: Keccak
  readonly blobs: BlobRule
}

/**
 * EthereumJS checks the cells of Osaka's sidecars (EIP-7594) only with a trusted setup many times as large, for seconds in
 * which nobody else is served: a chain that makes blocks takes none of others, and has those that its workload makes. One
 * that makes no blocks puts nothing into any: it looks whether all is there.
 */
export type BlobRule = 'refused' | 'kept'

/** geth's txMaxSize: four slots of 32 KiB. */
const MAX_BYTES = 128 * 1024
/** Nine blobs of 128 KiB (EIP-7691) with a proof for each of their 128 cells are 1.3 MB. */
const MAX_BLOB_TRANSACTION_BYTES = 1_572_864
/** EIP-7825; here in the forks before and after Osaka too: so much of a block is for the pool. */
export const MAX_TRANSACTION_GAS = 2n ** 24n

/** @throws {SubmitError} */
export function readTransaction(bytes: Uint8Array, { common, keccak, blobs }: ReadingRules): PooledTransaction {
  const hasBlobs = bytes[0] === BLOB_TYPE
  if (hasBlobs && blobs === 'refused')
    throw new SubmitError('transaction type not supported: type 3, this chain takes no blobs')
  const limit = hasBlobs ? MAX_BLOB_TRANSACTION_BYTES : MAX_BYTES
  if (bytes.length > limit) throw new SubmitError(`oversized data: transaction size ${bytes.length}, limit ${limit}`)
  const { signed, encoded } = read(bytes, common)
  const { gasLimit, nonce } = signed.transaction
  if (gasLimit > MAX_TRANSACTION_GAS)
    throw new SubmitError(`transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${gasLimit})`)
  return { ...signed, hash: asHash(keccak(encoded)), nonce, size: bytes.length }
}

function read(bytes: Uint8Array, common: Common): { readonly signed: SignedTransaction; readonly encoded: Uint8Array } {
  try {
    checkSidecar(bytes)
    const encoded = withoutBlobs(bytes)
    return { signed: readSignedTransaction(encoded, common), encoded }
  } catch (error) {
    if (error instanceof TransactionRefusal) throw new SubmitError(error.message)
    throw error
  }
}
