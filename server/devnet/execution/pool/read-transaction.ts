/** A transaction as it comes from outside, checked as far as that goes without a state. Refusals are in geth's words. */
import type { Common } from '@ethereumjs/common'
import type { Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { asHash } from '../../../../src/chain/bytes.ts'
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
}

/** geth's txMaxSize: four slots of 32 KiB. */
const MAX_BYTES = 128 * 1024
/** EIP-7825; here in the forks before and after Osaka too: so much of a block is for the pool. */
export const MAX_TRANSACTION_GAS = 2n ** 24n

/** @throws {SubmitError} */
export function readTransaction(bytes: Uint8Array, { common, keccak }: ReadingRules): PooledTransaction {
  // EthereumJS checks the cells of Osaka's sidecars (EIP-7594) only with a trusted setup many times as large, for seconds
  // in which nobody else is served; the workload makes those that blocks have.
  if (bytes[0] === BLOB_TYPE) throw new SubmitError('transaction type not supported: type 3, this chain takes no blobs')
  if (bytes.length > MAX_BYTES)
    throw new SubmitError(`oversized data: transaction size ${bytes.length}, limit ${MAX_BYTES}`)
  const signed = read(bytes, common)
  const { gasLimit, nonce } = signed.transaction
  if (gasLimit > MAX_TRANSACTION_GAS)
    throw new SubmitError(`transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${gasLimit})`)
  return { ...signed, hash: asHash(keccak(bytes)), nonce, size: bytes.length }
}

function read(bytes: Uint8Array, common: Common): SignedTransaction {
  try {
    return readSignedTransaction(bytes, common)
  } catch (error) {
    if (error instanceof TransactionRefusal) throw new SubmitError(error.message)
    throw error
  }
}
