/** Transactions as the execution API shows them. */
import { data, quantity, quantityOf } from '../hex.ts'
import type { Json, JsonObject } from '../json.ts'
import type { DecodedBlock } from './decoded-block.ts'
import type { Item } from './rlp-items.ts'
import { bytesOf, listOf } from './rlp-items.ts'
import type { FieldName, Transaction } from './transaction.ts'
import { chainIdOf, effectiveGasPrice } from './transaction.ts'

/** @throws {MalformedObjectError} */
export function transactionJson({ block, header, transactions }: DecodedBlock, index: number): JsonObject {
  const transaction = transactions[index]
  if (transaction === undefined) throw new RangeError(`block ${block.number} has no transaction ${index}`)
  return {
    blockHash: data(block.hash),
    blockNumber: quantity(block.number),
    blockTimestamp: quantity(block.timestamp),
    transactionIndex: quantity(index),
    // For dynamic fees: what was paid in the end.
    ...contentJson(transaction, effectiveGasPrice(transaction, header.baseFeePerGas)),
  }
}

/** Of one that is in no block: what it would pay at most stands for its price, as at geth. @throws {MalformedObjectError} */
export function pendingTransactionJson(transaction: Transaction): JsonObject {
  const { fees } = transaction
  return {
    ...{ blockHash: null, blockNumber: null, blockTimestamp: null, transactionIndex: null },
    ...contentJson(transaction, fees.kind === 'price' ? fees.gasPrice : fees.maxFeePerGas),
  }
}

function contentJson(transaction: Transaction, gasPrice: bigint): JsonObject {
  const chainId = chainIdOf(transaction)
  return {
    hash: data(transaction.hash),
    type: quantity(transaction.type),
    from: data(transaction.sender()),
    ...fieldsJson(transaction),
    gasPrice: quantity(gasPrice),
    // Not of a transaction that names no chain.
    ...(chainId !== undefined && { chainId: quantity(chainId) }),
    ...(transaction.type !== 0 && { yParity: fieldJson('v', transaction.fields.get('v')!) }),
  }
}

/** EIP-2930 lists, also those of `eth_createAccessList`. */
export const accessListJson = (
  list: readonly { readonly address: Uint8Array; readonly slots: readonly Uint8Array[] }[],
): Json => list.map(({ address, slots }) => ({ address: data(address), storageKeys: slots.map(data) }))

function fieldsJson({ fields }: Transaction): JsonObject {
  return Object.fromEntries([...fields].map(([name, item]) => [name, fieldJson(name, item)]))
}

function fieldJson(name: FieldName, item: Item): Json {
  switch (name) {
    case 'to':
      return item.length === 0 ? null : data(bytesOf(item, name))
    case 'input':
      return data(bytesOf(item, name))
    case 'accessList':
      return accessListJson(listOf(item, name).map(accessOf))
    case 'blobVersionedHashes':
      return listOf(item, name).map((hash) => data(bytesOf(hash, 'a versioned hash', 32)))
    case 'authorizationList':
      return listOf(item, name).map(authorizationJson)
    case 'chainId':
    case 'nonce':
    case 'gasPrice':
    case 'maxPriorityFeePerGas':
    case 'maxFeePerGas':
    case 'maxFeePerBlobGas':
    case 'gas':
    case 'value':
    case 'v':
    case 'r':
    case 's':
      return quantityOf(bytesOf(item, name))
  }
}

function accessOf(item: Item): { readonly address: Uint8Array; readonly slots: readonly Uint8Array[] } {
  const [address, slots] = listOf(item, 'an entry of the access list')
  return {
    address: bytesOf(address, 'address of an access list', 20),
    slots: listOf(slots, 'storage keys').map((slot) => bytesOf(slot, 'a storage key', 32)),
  }
}

/** EIP-7702: chain, address, nonce and the signature of whoever delegates. */
function authorizationJson(item: Item): JsonObject {
  const [chainId, address, nonce, yParity, r, s] = listOf(item, 'an authorization')
  const number = (value: Item | undefined, name: string) => quantityOf(bytesOf(value, `${name} of an authorization`))
  return {
    chainId: number(chainId, 'chainId'),
    address: data(bytesOf(address, 'address of an authorization', 20)),
    nonce: number(nonce, 'nonce'),
    yParity: number(yParity, 'yParity'),
    r: number(r, 'r'),
    s: number(s, 's'),
  }
}
