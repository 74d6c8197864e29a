/** A block taken apart, for all that is shown of it. */
import { decodeRawBlock, type RawHeader } from '../../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../execution/crypto/wasm-crypto.ts'
import type { Hash } from '../../../chain/bytes.ts'
import type { Header } from './header.ts'
import { decodeHeader } from './header.ts'
import type { Transaction } from './transaction.ts'
import { decodeTransaction } from './transaction.ts'

/** Every part is what its hash commits to. */
export interface BlockBytes {
  readonly hash: Hash
  readonly number: number
  /** Seconds since 1970. */
  readonly timestamp: number
  /** RLP of the header, and of the whole block. */
  readonly header: Uint8Array
  readonly rlp: Uint8Array
}

/** @typeParam B what else is known of the block where it came from */
export interface DecodedBlock<B extends BlockBytes = BlockBytes> {
  readonly block: B
  readonly header: Header
  readonly transactions: readonly Transaction[]
  readonly uncles: readonly RawHeader[]
  /** RLP; undefined before Shanghai. */
  readonly withdrawals: readonly Uint8Array[] | undefined
}

/** @throws {BlockEncodingError}, {MalformedObjectError} */
export function decodeBlock<B extends BlockBytes>(block: B, crypto: WasmCrypto): DecodedBlock<B> {
  const raw = decodeRawBlock(block.rlp, crypto.keccak)
  return {
    block,
    header: decodeHeader(block.header),
    transactions: raw.transactions.map((transaction) => decodeTransaction(transaction, crypto)),
    uncles: raw.uncleHeaders,
    withdrawals: raw.withdrawals,
  }
}
