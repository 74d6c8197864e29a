/** A signed transaction as it comes from outside, checked as far as that goes without a state. Refusals are in geth's words. */
import type { Common } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP, getCalldataFloorGas, type TypedTransaction } from '@ethereumjs/tx'
import { bytesToBigInt } from '@ethereumjs/util'
import type { AddressBytes } from '../chain/bytes.ts'
import { asAddress } from '../chain/bytes.ts'
import { equalBytes } from './words.ts'

export interface SignedTransaction {
  readonly transaction: TypedTransaction
  readonly sender: AddressBytes
  /** wei per gas: the most it pays, and the most of that which goes to the block's maker. */
  readonly feeCap: bigint
  readonly tipCap: bigint
  /** wei that the sender must have: gas and blobs at the highest price, and the value. */
  readonly cost: bigint
}

/** No block takes it, whatever the state; or no node hands it on. */
export class TransactionRefusal extends Error {
  override name = 'TransactionRefusal'
}

/** EIP-4844. */
export const BLOB_TYPE = 3

/**
 * @param bytes as in the transactions trie: of a blob transaction, without its blobs
 * @param common of the next block
 * @throws {TransactionRefusal}
 */
export function readSignedTransaction(bytes: Uint8Array, common: Common): SignedTransaction {
  if (bytes.length === 0) throw new TransactionRefusal('typed transaction too short')
  const isTyped = bytes[0]! < FIRST_LIST_BYTE
  const items = listOf(isTyped ? bytes.subarray(1) : bytes)
  checkLengths(items, isTyped ? bytes[0]! : 0)
  checkChain(statedChain(items, isTyped), common)
  const transaction = decode(bytes, common)
  const { feeCap, tipCap } = feesOf(transaction)
  if (tipCap > feeCap)
    throw new TransactionRefusal(`max priority fee per gas higher than max fee per gas: ${tipCap} > ${feeCap}`)
  checkGas(transaction)
  const { value, gasLimit } = transaction
  const cost = gasLimit * feeCap + value + blobCost(transaction)
  return { transaction, sender: senderOf(transaction), feeCap, tipCap, cost }
}

function decode(bytes: Uint8Array, common: Common): TypedTransaction {
  const transaction = decodeLoosely(bytes, common)
  // A transaction has one encoding, whose hash is its name; the library reads others too.
  if (equalBytes(transaction.serialize(), bytes)) return transaction
  throw new TransactionRefusal('rlp: the transaction is not in its only encoding')
}

function decodeLoosely(bytes: Uint8Array, common: Common): TypedTransaction {
  try {
    return createTxFromRLP(bytes, { common, freeze: true })
  } catch (error) {
    throw new TransactionRefusal(`invalid transaction: ${reasonOf(error)}`)
  }
}

/** EthereumJS appends which transaction it was, in brackets. */
const reasonOf = (error: unknown): string => (error as Error).message.replace(/ \((tx type|vm hf)=.*$/s, '')

/** Before anybody counts with them, or shows them: a number as long as a transaction may be takes seconds to write out. */
function checkLengths(items: readonly unknown[], type: number): void {
  const tooLong = items.findIndex(
    (item, at) => item instanceof Uint8Array && item.length > MAX_NUMBER_BYTES && at !== (DATA_AT[type] ?? -1),
  )
  if (tooLong !== -1) throw new TransactionRefusal(`rlp: field ${tooLong} of the transaction is longer than 256 bits`)
}

/** No field is longer but the data, which any transaction has at one place by its type. */
const MAX_NUMBER_BYTES = 32
const DATA_AT = [5, 6, 7, 7, 7]

/** Before the library looks: it says of another chain's transaction what nobody understands. EIP-155; geth takes no other over RPC. */
function checkChain(chainId: bigint | undefined, common: Common): void {
  if (chainId === undefined)
    throw new TransactionRefusal('only replay-protected (EIP-155) transactions allowed over RPC')
  if (chainId !== common.chainId())
    throw new TransactionRefusal(`invalid chain id for signer: have ${chainId} want ${common.chainId()}`)
}

/** The chain that it was signed for; undefined for one that would do for any. */
function statedChain(items: readonly unknown[], isTyped: boolean): bigint | undefined {
  const value = items[isTyped ? 0 : V_OF_LEGACY]
  if (!(value instanceof Uint8Array)) throw new TransactionRefusal('rlp: the transaction does not say its chain')
  const number = bytesToBigInt(value)
  if (isTyped) return number
  return number < FIRST_PROTECTED_V ? undefined : (number - FIRST_PROTECTED_V) / 2n
}

/** The first byte of a list in RLP: an untyped transaction. */
const FIRST_LIST_BYTE = 0xc0
/** Place of `v` in an untyped transaction. */
const V_OF_LEGACY = 6
/** EIP-155: v is 35 + 2 * chain id, or one more. */
const FIRST_PROTECTED_V = 35n

function listOf(rlp: Uint8Array): readonly unknown[] {
  try {
    const decoded = RLP.decode(rlp)
    if (Array.isArray(decoded)) return decoded
  } catch {
    // Said below.
  }
  throw new TransactionRefusal('rlp: the transaction is not a list')
}

function checkGas(transaction: TypedTransaction): void {
  const { gasLimit } = transaction
  const intrinsic = transaction.getIntrinsicGas()
  if (gasLimit < intrinsic)
    throw new TransactionRefusal(`intrinsic gas too low: gas ${gasLimit}, minimum needed ${intrinsic}`)
  if (!transaction.common.isActivatedEIP(7623)) return
  const floor = getCalldataFloorGas(transaction)
  if (gasLimit < floor)
    throw new TransactionRefusal(`insufficient gas for floor data gas cost: gas ${gasLimit}, minimum needed ${floor}`)
}

function feesOf(transaction: TypedTransaction): { readonly feeCap: bigint; readonly tipCap: bigint } {
  if ('gasPrice' in transaction) return { feeCap: transaction.gasPrice, tipCap: transaction.gasPrice }
  return { feeCap: transaction.maxFeePerGas, tipCap: transaction.maxPriorityFeePerGas }
}

function blobCost(transaction: TypedTransaction): bigint {
  if (!('maxFeePerBlobGas' in transaction)) return 0n
  const { blobVersionedHashes, maxFeePerBlobGas, common } = transaction
  return BigInt(blobVersionedHashes.length) * common.param('blobGasPerBlob') * maxFeePerBlobGas
}

function senderOf(transaction: TypedTransaction): AddressBytes {
  try {
    return asAddress(transaction.getSenderAddress().bytes)
  } catch {
    throw new TransactionRefusal('invalid sender: no key has made this signature')
  }
}
