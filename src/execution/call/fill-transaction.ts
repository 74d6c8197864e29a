/** `eth_fillTransaction`: what a caller left out of a transaction, as geth fills it in (internal/ethapi: setDefaults). */
import { openCallBlock, type CallBlock, type CallContext } from './call-block.ts'
import { CallError, INVALID_INPUT } from './call-error.ts'
import { estimateGas } from './estimate-gas.ts'
import { callData, type TransactionCall } from './transaction-call.ts'

/** 0: an old price; 1: that with an access list; 2: two prices; 3: blobs; 4: delegations. */
export type TransactionType = 0 | 1 | 2 | 3 | 4

export interface FilledTransaction extends TransactionCall {
  readonly type: TransactionType
  readonly nonce: bigint
  readonly gas: bigint
  readonly value: bigint
  readonly chainId: bigint
  readonly input: Uint8Array
}

/** What the state and its header do not say alone. */
export interface FeeAdvice {
  /** Tip per gas, where the caller names none. */
  readonly tip: bigint
  /** The sender's next, where the caller names none. */
  readonly nonce: bigint
}

/** @throws {CallError} for fields that contradict each other, and where no gas is enough @throws what the reader throws */
export async function fillTransaction(
  call: TransactionCall,
  advice: FeeAdvice,
  context: CallContext,
): Promise<FilledTransaction> {
  const block = openCallBlock(context)
  const { chainId } = block.rules
  if (call.chainId !== undefined && call.chainId !== chainId) {
    throw new CallError(INVALID_INPUT, `chainId does not match node's (have=${call.chainId}, want=${chainId})`)
  }
  const input = callData(call)
  if (call.to === undefined && input.length === 0) {
    throw new CallError(INVALID_INPUT, 'contract creation without any data provided')
  }
  const blobFee = call.blobVersionedHashes === undefined ? undefined : (call.maxFeePerBlobGas ?? blobFeeOf(block))
  const { data: _, ...named } = call
  const priced = { ...named, ...feesOf(call, advice, block), maxFeePerBlobGas: blobFee, input, chainId }
  const nonce = call.nonce ?? advice.nonce
  const value = call.value ?? 0n
  const gas = call.gas ?? (await estimateGas({ call: { ...priced, nonce, value } }, context))
  return { ...priced, nonce, value, gas, type: typeOf(priced) }
}

type Fees = Pick<TransactionCall, 'gasPrice' | 'maxFeePerGas' | 'maxPriorityFeePerGas'>

/** @throws {CallError} */
function feesOf(
  { gasPrice, maxFeePerGas, maxPriorityFeePerGas }: TransactionCall,
  { tip }: FeeAdvice,
  block: CallBlock,
): Fees {
  const { baseFee } = block
  const namesCaps = maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined
  if (gasPrice !== undefined && namesCaps) {
    throw new CallError(INVALID_INPUT, 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  if (baseFee === undefined) {
    if (namesCaps) {
      const problem = 'maxFeePerGas and maxPriorityFeePerGas are not valid before London is active'
      throw new CallError(INVALID_INPUT, problem)
    }
    return { gasPrice: gasPrice ?? tip }
  }
  if (gasPrice === 0n) throw new CallError(INVALID_INPUT, 'gasPrice must be non-zero after london fork')
  if (gasPrice !== undefined) return { gasPrice }
  if (maxFeePerGas === 0n && maxPriorityFeePerGas !== undefined) {
    throw new CallError(INVALID_INPUT, 'maxFeePerGas must be non-zero')
  }
  const tipCap = maxPriorityFeePerGas ?? tip
  // Twice the fee of now: so much may it rise before the transaction is left aside.
  const feeCap = maxFeePerGas ?? tipCap + 2n * baseFee
  if (feeCap < tipCap) {
    throw new CallError(INVALID_INPUT, `maxFeePerGas (${feeCap}) < maxPriorityFeePerGas (${tipCap})`)
  }
  return { maxFeePerGas: feeCap, maxPriorityFeePerGas: tipCap }
}

/** As for other gas: twice what it costs now. */
function blobFeeOf({ environment }: CallBlock): bigint {
  return 2n * environment.blobBaseFee
}

function typeOf(call: TransactionCall): TransactionType {
  if (call.authorizationList !== undefined) return 4
  if (call.blobVersionedHashes !== undefined) return 3
  if (call.maxFeePerGas !== undefined) return 2
  return call.accessList === undefined ? 0 : 1
}
