/** A block taken apart, for all that is shown of it. */
import { decodeRawBlock } from '../../../../src/execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import type { Hash } from '../../../../src/chain/bytes.ts'
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import type { Header } from './header.ts'
import { decodeHeader } from './header.ts'
import type { Transaction } from './transaction.ts'
import { decodeTransaction } from './transaction.ts'

export interface DecodedBlock {
  readonly block: ExecutionBlock
  readonly header: Header
  readonly transactions: readonly Transaction[]
  readonly uncles: readonly Hash[]
  /** RLP; undefined before Shanghai. */
  readonly withdrawals: readonly Uint8Array[] | undefined
}

/** @throws {BlockEncodingError}, {MalformedObjectError} */
export function decodeBlock(block: ExecutionBlock, crypto: WasmCrypto): DecodedBlock {
  const raw = decodeRawBlock(block.rlp, crypto.keccak)
  return {
    block,
    header: decodeHeader(block.header),
    transactions: raw.transactions.map((transaction) => decodeTransaction(transaction, crypto)),
    uncles: raw.uncleHeaders.map(({ hash }) => hash),
    withdrawals: raw.withdrawals,
  }
}
