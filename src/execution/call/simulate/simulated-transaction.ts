/** A simulated call as the transaction it would be, without a signature: its bytes, its hash, what is shown of it. */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { bytesToHex, concatBytes } from '@ethereumjs/util'
import { asHash, type Hash, type Keccak } from '../../../chain/bytes.ts'
import { wordToAddress, wordToTrimmedBytes as number } from '../../words.ts'
import type { Json } from '../tracers/tracer.ts'
import type { Message, TransactionCall } from '../transaction-call.ts'

export interface SimulatedTransaction {
  readonly type: 0 | 2 | 3 | 4
  readonly message: Message
  readonly chainId: bigint
  /** As in the transactions trie. */
  readonly bytes: Uint8Array
  readonly hash: Hash
}

export function simulatedTransaction(
  call: TransactionCall,
  message: Message,
  chainId: bigint,
  keccak: Keccak,
): SimulatedTransaction {
  const type = typeOf(call)
  const fields = RLP.encode([...fieldsOf(type, message, chainId), ...NO_SIGNATURE])
  const bytes = type === 0 ? fields : concatBytes(Uint8Array.of(type), fields)
  return { type, message, chainId, bytes, hash: asHash(keccak(bytes)) }
}

/** geth's choice (ToTransaction): the newest that the fields ask for, and an old one for who names an old price. */
function typeOf({ gasPrice, authorizationList, blobVersionedHashes }: TransactionCall): SimulatedTransaction['type'] {
  if (gasPrice !== undefined) return 0
  if (authorizationList !== undefined) return 4
  return blobVersionedHashes === undefined ? 2 : 3
}

/** v or yParity, r, s. */
const NO_SIGNATURE = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)]

function fieldsOf(type: SimulatedTransaction['type'], message: Message, chainId: bigint): NestedUint8Array {
  const { nonce, gasPrice, tipCap, feeCap, gas, to, value, data, accessList = [], blobFeeCap = 0n } = message
  const target = to === undefined ? new Uint8Array(0) : wordToAddress(to)
  if (type === 0) return [number(nonce), number(gasPrice), number(gas), target, number(value), data]
  const fields: NestedUint8Array = [
    ...[number(chainId), number(nonce), number(tipCap), number(feeCap), number(gas), target, number(value), data],
    accessList.map(({ address, slots }) => [address, [...slots]]),
  ]
  if (type === 3) fields.push(number(blobFeeCap), [...(message.blobHashes ?? [])])
  if (type === 4) fields.push((message.authorizations ?? []).map(authorizationFields))
  return fields
}

function authorizationFields(authorization: NonNullable<Message['authorizations']>[number]): Uint8Array[] {
  const { chainId, address, nonce, yParity, r, s } = authorization
  return [number(chainId), address, number(nonce), number(yParity), number(r), number(s)]
}

/** Where it is in its block. */
export interface TransactionPlace {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly blockTimestamp: bigint
  readonly index: number
}

/** @param transaction of a block that asks for no more than it offers: its price there is its message's */
export function transactionJson(transaction: SimulatedTransaction, place: TransactionPlace): Json {
  const { type, message, hash, chainId } = transaction
  return {
    blockHash: bytesToHex(place.blockHash),
    blockNumber: quantity(place.blockNumber),
    blockTimestamp: quantity(place.blockTimestamp),
    transactionIndex: quantity(place.index),
    hash: bytesToHex(hash),
    type: quantity(type),
    from: bytesToHex(wordToAddress(message.from)),
    to: message.to === undefined ? null : bytesToHex(wordToAddress(message.to)),
    nonce: quantity(message.nonce),
    gas: quantity(message.gas),
    gasPrice: quantity(message.gasPrice),
    value: quantity(message.value),
    input: bytesToHex(message.data),
    ...{ v: '0x0', r: '0x0', s: '0x0' },
    ...(type !== 0 && {
      chainId: quantity(chainId),
      maxFeePerGas: quantity(message.feeCap),
      maxPriorityFeePerGas: quantity(message.tipCap),
      accessList: accessListJson(message),
      yParity: '0x0',
    }),
    ...(type === 3 && {
      maxFeePerBlobGas: quantity(message.blobFeeCap ?? 0n),
      blobVersionedHashes: (message.blobHashes ?? []).map((blob) => bytesToHex(blob)),
    }),
    ...(type === 4 && { authorizationList: authorizationsJson(message) }),
  }
}

function accessListJson({ accessList = [] }: Message): Json {
  return accessList.map(({ address, slots }) => ({
    address: bytesToHex(address),
    storageKeys: slots.map((slot) => bytesToHex(slot)),
  }))
}

function authorizationsJson({ authorizations = [] }: Message): Json {
  return authorizations.map(({ chainId, address, nonce, yParity, r, s }) => ({
    ...{ chainId: quantity(chainId), address: bytesToHex(address), nonce: quantity(nonce) },
    ...{ yParity: quantity(yParity), r: quantity(r), s: quantity(s) },
  }))
}

export const quantity = (value: bigint | number): string => `0x${value.toString(16)}`
