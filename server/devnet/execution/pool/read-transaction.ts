/** A transaction as it comes from outside, checked as far as that goes without a state. Refusals are in geth's words. */
import type { Common } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP, getCalldataFloorGas, type TypedTransaction } from '@ethereumjs/tx'
import { bytesToBigInt } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { SubmitError } from '../../../execution/execution-source.ts'

export interface PooledTransaction {
  readonly transaction: TypedTransaction
  readonly hash: Hash
  readonly sender: AddressBytes
  readonly nonce: bigint
  /** Bytes, as it is encoded. */
  readonly size: number
  /** wei per gas: the most it pays, and the most of that which goes to the block's maker. */
  readonly feeCap: bigint
  readonly tipCap: bigint
  /** wei that the sender must have: gas at the highest price, and the value. */
  readonly cost: bigint
}

export interface ReadingRules {
  /** Of the next block. */
  readonly common: Common
  readonly keccak: Keccak
}

/** geth's txMaxSize: four slots of 32 KiB. */
const MAX_BYTES = 128 * 1024
const BLOB_TYPE = 3
/** EIP-7825; here in the forks before and after Osaka too: so much of a block is for the pool. */
export const MAX_TRANSACTION_GAS = 2n ** 24n

/** @throws {SubmitError} */
export function readTransaction(bytes: Uint8Array, { common, keccak }: ReadingRules): PooledTransaction {
  // EthereumJS checks the cells of Osaka's sidecars (EIP-7594) only with a trusted setup many times as large, for seconds
  // in which nobody else is served; the workload makes those that blocks have.
  if (bytes[0] === BLOB_TYPE) throw new SubmitError('transaction type not supported: type 3, this chain takes no blobs')
  if (bytes.length > MAX_BYTES)
    throw new SubmitError(`oversized data: transaction size ${bytes.length}, limit ${MAX_BYTES}`)
  if (bytes.length === 0) throw new SubmitError('typed transaction too short')
  checkChain(bytes, common)
  const transaction = decode(bytes, common)
  checkGas(transaction)
  const { value, gasLimit, nonce } = transaction
  const { feeCap, tipCap } = feesOf(transaction)
  return {
    transaction,
    hash: asHash(keccak(bytes)),
    sender: senderOf(transaction),
    nonce,
    size: bytes.length,
    feeCap,
    tipCap,
    cost: gasLimit * feeCap + value,
  }
}

function decode(bytes: Uint8Array, common: Common): TypedTransaction {
  const transaction = decodeLoosely(bytes, common)
  // A transaction has one encoding, whose hash is its name; the library reads others too.
  if (equalBytes(transaction.serialize(), bytes)) return transaction
  throw new SubmitError('rlp: the transaction is not in its only encoding')
}

function decodeLoosely(bytes: Uint8Array, common: Common): TypedTransaction {
  try {
    return createTxFromRLP(bytes, { common, freeze: true })
  } catch (error) {
    throw new SubmitError(`invalid transaction: ${reasonOf(error)}`)
  }
}

/** EthereumJS appends which transaction it was, in brackets. */
const reasonOf = (error: unknown): string => (error as Error).message.replace(/ \((tx type|vm hf)=.*$/s, '')

/** Before the library looks: it says of another chain's transaction what nobody understands. EIP-155; geth takes no other over RPC. */
function checkChain(bytes: Uint8Array, common: Common): void {
  const chainId = statedChain(bytes)
  if (chainId === undefined) throw new SubmitError('only replay-protected (EIP-155) transactions allowed over RPC')
  if (chainId !== common.chainId())
    throw new SubmitError(`invalid chain id for signer: have ${chainId} want ${common.chainId()}`)
}

/** The chain that it was signed for; undefined for one that would do for any. */
function statedChain(bytes: Uint8Array): bigint | undefined {
  const isTyped = bytes[0]! < FIRST_LIST_BYTE
  const items = listOf(isTyped ? bytes.subarray(1) : bytes)
  const value = items[isTyped ? 0 : V_OF_LEGACY]
  if (!(value instanceof Uint8Array)) throw new SubmitError('rlp: the transaction does not say its chain')
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
  throw new SubmitError('rlp: the transaction is not a list')
}

function checkGas(transaction: TypedTransaction): void {
  const { gasLimit } = transaction
  if (gasLimit > MAX_TRANSACTION_GAS)
    throw new SubmitError(`transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${gasLimit})`)
  const intrinsic = transaction.getIntrinsicGas()
  if (gasLimit < intrinsic) throw new SubmitError(`intrinsic gas too low: gas ${gasLimit}, minimum needed ${intrinsic}`)
  if (!transaction.common.isActivatedEIP(7623)) return
  const floor = getCalldataFloorGas(transaction)
  if (gasLimit < floor)
    throw new SubmitError(`insufficient gas for floor data gas cost: gas ${gasLimit}, minimum needed ${floor}`)
}

function feesOf(transaction: TypedTransaction): { readonly feeCap: bigint; readonly tipCap: bigint } {
  if ('gasPrice' in transaction) return { feeCap: transaction.gasPrice, tipCap: transaction.gasPrice }
  return { feeCap: transaction.maxFeePerGas, tipCap: transaction.maxPriorityFeePerGas }
}

function senderOf(transaction: TypedTransaction): AddressBytes {
  try {
    return asAddress(transaction.getSenderAddress().bytes)
  } catch {
    throw new SubmitError('invalid sender: no key has made this signature')
  }
}
