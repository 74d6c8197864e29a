/** A transaction that is ready to be signed (execution-apis, "FillTransactionResult"), with its bytes as geth gives them. */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import type { FilledTransaction } from '../execution/call/fill-transaction.ts'
import { wordToTrimmedBytes as number } from '../execution/words.ts'
import { data, quantity } from '../network/json-rpc/hex.ts'
import type { Json, JsonObject } from '../network/json-rpc/json.ts'

const NOTHING = new Uint8Array(0)

export function filledJson(transaction: FilledTransaction): Json {
  return { raw: data(bytesOf(transaction)), tx: fieldsJson(transaction) }
}

function fieldsJson(transaction: FilledTransaction): JsonObject {
  const { type, chainId, nonce, to, gas, value, input } = transaction
  return {
    ...{
      type: quantity(type),
      chainId: quantity(chainId),
      nonce: quantity(nonce),
      to: to === undefined ? null : data(to),
    },
    ...{ gas: quantity(gas), value: quantity(value), input: data(input), ...feesJson(transaction) },
    ...(type !== 0 && { accessList: accessListJson(transaction) }),
    ...(type === 3 && {
      maxFeePerBlobGas: quantity(transaction.maxFeePerBlobGas ?? 0n),
      blobVersionedHashes: (transaction.blobVersionedHashes ?? []).map(data),
    }),
    ...(type === 4 && { authorizationList: authorizationsJson(transaction) }),
  }
}

/** A transaction that is in no block yet is shown with the most it pays as its price. */
function feesJson({
  type,
  gasPrice = 0n,
  maxFeePerGas = 0n,
  maxPriorityFeePerGas = 0n,
}: FilledTransaction): JsonObject {
  if (type < 2) return { gasPrice: quantity(gasPrice) }
  return {
    gasPrice: quantity(maxFeePerGas),
    maxFeePerGas: quantity(maxFeePerGas),
    maxPriorityFeePerGas: quantity(maxPriorityFeePerGas),
  }
}

function accessListJson({ accessList = [] }: FilledTransaction): Json {
  return accessList.map(({ address, slots }) => ({ address: data(address), storageKeys: slots.map(data) }))
}

function authorizationsJson({ authorizationList = [] }: FilledTransaction): Json {
  return authorizationList.map(({ chainId, address, nonce, yParity, r, s }) => ({
    ...{ chainId: quantity(chainId), address: data(address), nonce: quantity(nonce) },
    ...{ yParity: quantity(yParity), r: quantity(r), s: quantity(s) },
  }))
}

/** As it would be sent, its signature empty. */
function bytesOf(transaction: FilledTransaction): Uint8Array {
  const { type } = transaction
  const fields = RLP.encode([...fieldsOf(transaction), NOTHING, NOTHING, NOTHING])
  return type === 0 ? fields : concatBytes(Uint8Array.of(type), fields)
}

function fieldsOf(transaction: FilledTransaction): NestedUint8Array {
  const { type, chainId, nonce, to = NOTHING, gas, value, input, gasPrice = 0n, accessList = [] } = transaction
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n, maxFeePerBlobGas = 0n } = transaction
  if (type === 0) return [number(nonce), number(gasPrice), number(gas), to, number(value), input]
  const fees = type === 1 ? [number(gasPrice)] : [number(maxPriorityFeePerGas), number(maxFeePerGas)]
  const list = accessList.map(({ address, slots }) => [address, [...slots]])
  const fields: NestedUint8Array = [
    number(chainId),
    number(nonce),
    ...fees,
    number(gas),
    to,
    number(value),
    input,
    list,
  ]
  if (type === 3) fields.push(number(maxFeePerBlobGas), [...(transaction.blobVersionedHashes ?? [])])
  if (type === 4) fields.push(authorizationsOf(transaction))
  return fields
}

function authorizationsOf({ authorizationList = [] }: FilledTransaction): NestedUint8Array {
  return authorizationList.map(({ chainId, address, nonce, yParity, r, s }) => [
    ...[number(chainId), address, number(nonce), number(yParity), number(r), number(s)],
  ])
}
