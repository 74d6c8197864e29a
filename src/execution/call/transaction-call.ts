/**
 * A message call as callers give it (execution-apis, "GenericTransaction"), and the message it becomes. What is left out is
 * filled in as geth does (internal/ethapi: CallDefaults, ToMessage), so that contracts see the same values.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import { bytesToWord, equalBytes } from '../words.ts'
import { CallError, INVALID_INPUT, INVALID_PARAMS } from './call-error.ts'

export interface AccessListEntry {
  readonly address: AddressBytes
  readonly slots: readonly Hash[]
}

/** EIP-7702, as it is signed. */
export interface Authorization {
  readonly chainId: bigint
  readonly address: AddressBytes
  readonly nonce: bigint
  readonly yParity: bigint
  readonly r: bigint
  readonly s: bigint
}

export interface TransactionCall {
  /** Default: the zero address. */
  readonly from?: AddressBytes | undefined
  /** None makes a contract. */
  readonly to?: AddressBytes | undefined
  readonly gas?: bigint | undefined
  readonly gasPrice?: bigint | undefined
  readonly maxFeePerGas?: bigint | undefined
  readonly maxPriorityFeePerGas?: bigint | undefined
  readonly maxFeePerBlobGas?: bigint | undefined
  readonly value?: bigint | undefined
  readonly nonce?: bigint | undefined
  /** The older name of {@link input}. */
  readonly data?: Uint8Array | undefined
  readonly input?: Uint8Array | undefined
  readonly accessList?: readonly AccessListEntry[] | undefined
  readonly blobVersionedHashes?: readonly Hash[] | undefined
  readonly authorizationList?: readonly Authorization[] | undefined
  readonly chainId?: bigint | undefined
}

/** Everything decided. Addresses are words. */
export interface Message {
  readonly from: bigint
  readonly to: bigint | undefined
  readonly nonce: bigint
  readonly value: bigint
  readonly gas: bigint
  /** What a unit of gas costs here. */
  readonly gasPrice: bigint
  readonly feeCap: bigint
  readonly tipCap: bigint
  /** Undefined for all but blob transactions. */
  readonly blobFeeCap: bigint | undefined
  readonly data: Uint8Array
  readonly accessList: readonly AccessListEntry[] | undefined
  readonly blobHashes: readonly Hash[] | undefined
  readonly authorizations: readonly Authorization[] | undefined
}

/** What a message's defaults depend on. */
export interface MessageSetting {
  /** Undefined before London. */
  readonly baseFee: bigint | undefined
  readonly chainId: bigint
  /** The most gas that a call gets, and what it gets where it names none. */
  readonly gasCap: bigint
}

/** @throws {CallError} for fields that contradict each other */
export function messageOf(call: TransactionCall, { baseFee, chainId, gasCap }: MessageSetting): Message {
  if (call.chainId !== undefined && call.chainId !== chainId) {
    throw new CallError(INVALID_INPUT, `chainId does not match node's (have=${call.chainId}, want=${chainId})`)
  }
  const gas = call.gas === undefined || call.gas > gasCap ? gasCap : call.gas
  const isBlob = call.blobVersionedHashes !== undefined
  return {
    from: call.from === undefined ? 0n : bytesToWord(call.from),
    to: call.to === undefined ? undefined : bytesToWord(call.to),
    nonce: call.nonce ?? 0n,
    value: call.value ?? 0n,
    gas,
    ...feesOf(call, baseFee),
    blobFeeCap: call.maxFeePerBlobGas ?? (isBlob ? 0n : undefined),
    data: callData(call),
    accessList: call.accessList,
    blobHashes: call.blobVersionedHashes,
    authorizations: call.authorizationList,
  }
}

/** @throws {CallError} where the two names say different things */
export function callData({ input, data }: TransactionCall): Uint8Array {
  if (input !== undefined && data !== undefined && !equalBytes(input, data)) {
    throw new CallError(
      INVALID_PARAMS,
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    )
  }
  return input ?? data ?? NO_DATA
}

const NO_DATA = new Uint8Array(0)

type Fees = Pick<Message, 'gasPrice' | 'feeCap' | 'tipCap'>

function feesOf(call: TransactionCall, baseFee: bigint | undefined): Fees {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = call
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)) {
    throw new CallError(INVALID_INPUT, 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  if (gasPrice !== undefined || baseFee === undefined) {
    const price = gasPrice ?? 0n
    return { gasPrice: price, feeCap: price, tipCap: price }
  }
  const [feeCap, tipCap] = [maxFeePerGas ?? 0n, maxPriorityFeePerGas ?? 0n]
  if (feeCap === 0n && tipCap === 0n) return { gasPrice: 0n, feeCap, tipCap }
  return { gasPrice: tipCap + baseFee < feeCap ? tipCap + baseFee : feeCap, feeCap, tipCap }
}
