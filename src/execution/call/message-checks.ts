/**
 * What a message must be for a block to take it (geth, core: preCheck, buyGas), in that order and in those words. Calls
 * leave some of it out: nobody asks their sender for a nonce, or for a price where none is named.
 */
import type { AccountEntry } from '../state/account-entry.ts'
import type { CallBlock } from './call-block.ts'
import { shownAddress } from './state-overrides.ts'
import type { Message } from './transaction-call.ts'

export type MessageProblem =
  | 'nonce too low'
  | 'nonce too high'
  | 'nonce has max value'
  | 'max priority fee per gas higher than max fee per gas'
  | 'max fee per gas less than block base fee'
  | 'max fee per blob gas less than block blob gas fee'
  | 'blob transaction of type create'
  | 'blob transaction missing blob hashes'
  | 'blob has invalid hash version'
  | 'EIP-7702 transaction cannot be used to create contract'
  | 'EIP-7702 transaction with empty auth list'
  | 'insufficient funds for gas * price + value'
  | 'insufficient funds for transfer'
  | 'intrinsic gas too low'
  | 'insufficient gas for floor data gas cost'
  | 'max initcode size exceeded'
  | 'gas limit reached'

/** The message can be in no block on this state. */
export class MessageError extends Error {
  override name = 'MessageError'
  constructor(
    readonly problem: MessageProblem,
    details = '',
  ) {
    super(problem + details)
  }
}

export interface MessagePolicy {
  readonly nonce: 'checked' | 'ignored'
  /** Waived for a message that names no price. */
  readonly fees: 'charged' | 'waived'
}

/** `eth_call` and what is like it. */
export const CALL_POLICY: MessagePolicy = { nonce: 'ignored', fees: 'waived' }

const MAX_NONCE = 2n ** 64n - 1n
/** EIP-4844: VERSIONED_HASH_VERSION_KZG, GAS_PER_BLOB. */
const BLOB_HASH_VERSION = 1
const GAS_PER_BLOB = 131072n

/** @throws {MessageError} */
export function checkMessage(block: CallBlock, message: Message, sender: AccountEntry, policy: MessagePolicy): void {
  if (policy.nonce === 'checked') checkNonce(message, sender.current?.nonce ?? 0n)
  checkFees(block, message, policy)
  checkBlobs(block, message, policy)
  checkAuthorizations(message)
  const have = sender.current?.balance ?? 0n
  const want = message.gas * message.feeCap + message.value + blobGas(message) * (message.blobFeeCap ?? 0n)
  if (have < want) {
    const details = `: address ${shownAddress(message.from)} have ${have} want ${want}`
    throw new MessageError('insufficient funds for gas * price + value', details)
  }
}

/** EIP-4844: what a message's blobs use of it. */
export function blobGas({ blobHashes }: Message): bigint {
  return BigInt(blobHashes?.length ?? 0) * GAS_PER_BLOB
}

/** Whether a price is neither named nor asked. */
export function isFree({ feeCap, tipCap }: Message, { fees }: MessagePolicy): boolean {
  return fees === 'waived' && feeCap === 0n && tipCap === 0n
}

function checkNonce({ from, nonce }: Message, expected: bigint): void {
  const details = `: address ${shownAddress(from)}, tx: ${nonce} state: ${expected}`
  if (expected < nonce) throw new MessageError('nonce too high', details)
  if (expected > nonce) throw new MessageError('nonce too low', details)
  if (nonce >= MAX_NONCE)
    throw new MessageError('nonce has max value', `: address ${shownAddress(from)}, nonce: ${nonce}`)
}

function checkFees({ baseFee }: CallBlock, message: Message, policy: MessagePolicy): void {
  if (baseFee === undefined || isFree(message, policy)) return
  const { from, feeCap, tipCap } = message
  if (feeCap < tipCap) {
    const details = `: address ${shownAddress(from)}, maxPriorityFeePerGas: ${tipCap}, maxFeePerGas: ${feeCap}`
    throw new MessageError('max priority fee per gas higher than max fee per gas', details)
  }
  if (feeCap < baseFee) {
    const details = `: address ${shownAddress(from)}, maxFeePerGas: ${feeCap}, baseFee: ${baseFee}`
    throw new MessageError('max fee per gas less than block base fee', details)
  }
}

function checkBlobs({ environment }: CallBlock, message: Message, { fees }: MessagePolicy): void {
  const { blobHashes, blobFeeCap = 0n } = message
  if (blobHashes === undefined) return
  if (message.to === undefined) throw new MessageError('blob transaction of type create')
  if (blobHashes.length === 0) throw new MessageError('blob transaction missing blob hashes')
  const wrong = blobHashes.findIndex(([version]) => version !== BLOB_HASH_VERSION)
  if (wrong >= 0) throw new MessageError('blob has invalid hash version', `: blob ${wrong}`)
  if (fees === 'waived' && blobFeeCap === 0n) return
  if (blobFeeCap < environment.blobBaseFee) {
    const details = `: address ${shownAddress(message.from)} blobGasFeeCap: ${blobFeeCap}, blobBaseFee: ${environment.blobBaseFee}`
    throw new MessageError('max fee per blob gas less than block blob gas fee', details)
  }
}

function checkAuthorizations({ authorizations, to, from }: Message): void {
  if (authorizations === undefined) return
  const details = ` (sender ${shownAddress(from)})`
  if (to === undefined) throw new MessageError('EIP-7702 transaction cannot be used to create contract', details)
  if (authorizations.length === 0) throw new MessageError('EIP-7702 transaction with empty auth list', details)
}
