/** Transactions of every type (EIP-2718) by field, with what is derived from them: hash, sender, fees. */
import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { asAddress, asHash } from '../../../chain/bytes.ts'
import { messageOf } from '../../../chain/thrown.ts'
import type { WasmCrypto } from '../../../execution/crypto/wasm-crypto.ts'
import type { Item } from './rlp-items.ts'
import { bytesOf, decodeList, integerOf, listOf, MalformedObjectError } from './rlp-items.ts'

export type Fees =
  | { readonly kind: 'price'; readonly gasPrice: bigint }
  | { readonly kind: 'dynamic'; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

export interface Transaction {
  readonly type: number
  readonly hash: Hash
  /** As in the transactions trie. */
  readonly encoded: Uint8Array
  /** By the execution API's names, in the order of the RLP. */
  readonly fields: ReadonlyMap<FieldName, Item>
  readonly nonce: bigint
  /** Undefined: a creation. */
  readonly to: AddressBytes | undefined
  readonly fees: Fees
  /** Of EIP-4844; 0 for all others. */
  readonly blobCount: number
  /** Recovered when first asked for. @throws {MalformedObjectError} where no key can have signed this */
  readonly sender: () => AddressBytes
}

const SIGNATURE = ['v', 'r', 's'] as const
const LAYOUTS = [
  ['nonce', 'gasPrice', 'gas', 'to', 'value', 'input', ...SIGNATURE],
  // EIP-2930
  ['chainId', 'nonce', 'gasPrice', 'gas', 'to', 'value', 'input', 'accessList', ...SIGNATURE],
  // EIP-1559
  [
    'chainId',
    'nonce',
    'maxPriorityFeePerGas',
    'maxFeePerGas',
    'gas',
    'to',
    'value',
    'input',
    'accessList',
    ...SIGNATURE,
  ],
  // EIP-4844
  [
    'chainId',
    'nonce',
    'maxPriorityFeePerGas',
    'maxFeePerGas',
    'gas',
    'to',
    'value',
    'input',
    'accessList',
    'maxFeePerBlobGas',
    'blobVersionedHashes',
    ...SIGNATURE,
  ],
  // EIP-7702
  [
    'chainId',
    'nonce',
    'maxPriorityFeePerGas',
    'maxFeePerGas',
    'gas',
    'to',
    'value',
    'input',
    'accessList',
    'authorizationList',
    ...SIGNATURE,
  ],
] as const

export type FieldName = (typeof LAYOUTS)[number][number]

/** @throws {MalformedObjectError} */
export function decodeTransaction(encoded: Uint8Array, crypto: WasmCrypto): Transaction {
  const first = encoded[0] ?? 0
  const type = first >= FIRST_LIST_BYTE ? 0 : first
  const layout: readonly FieldName[] | undefined = LAYOUTS[type]
  if (layout === undefined || (type === 0 && first < FIRST_LIST_BYTE)) {
    throw new MalformedObjectError(`no transaction type is 0x${first.toString(16)}`)
  }
  const items = decodeList(type === 0 ? encoded : encoded.subarray(1), 'the transaction')
  if (items.length !== layout.length) {
    throw new MalformedObjectError(`a transaction of type ${type} has ${layout.length} fields, not ${items.length}`)
  }
  const fields = new Map(layout.map((name, place) => [name, items[place]!]))
  const hash = asHash(crypto.keccak(encoded))
  let sender: AddressBytes | undefined
  return {
    type,
    hash,
    encoded,
    fields,
    nonce: integerOf(fields.get('nonce'), 'nonce'),
    to: recipientOf(fields),
    fees: feesOf(fields),
    blobCount: type === BLOB_TYPE ? listOf(fields.get('blobVersionedHashes'), 'blobVersionedHashes').length : 0,
    sender: () => (sender ??= recoverSender({ type, items, fields }, crypto)),
  }
}

/** EIP-155: the chain is in `v` of a legacy transaction, unless `v` is 27 or 28. */
export function chainIdOf(transaction: Pick<Transaction, 'type' | 'fields'>): bigint | undefined {
  if (transaction.type !== 0) return integerOf(transaction.fields.get('chainId'), 'chainId')
  const v = integerOf(transaction.fields.get('v'), 'v')
  return v >= FIRST_PROTECTED_V ? (v - FIRST_PROTECTED_V) / 2n : undefined
}

/** Wei that a unit of gas cost the sender (EIP-1559). */
export function effectiveGasPrice({ fees }: Transaction, baseFeePerGas: bigint | undefined): bigint {
  if (fees.kind === 'price') return fees.gasPrice
  const withTip = (baseFeePerGas ?? 0n) + fees.maxPriorityFeePerGas
  return withTip < fees.maxFeePerGas ? withTip : fees.maxFeePerGas
}

/** Where a creation's contract is (yellow paper 7). */
export function createdAddress(transaction: Transaction, crypto: WasmCrypto): AddressBytes {
  const nonce = bytesOf(transaction.fields.get('nonce'), 'nonce')
  return asAddress(crypto.keccak(RLP.encode([transaction.sender(), nonce])).slice(12))
}

const BLOB_TYPE = 3
/** EIP-2718: where a legacy transaction, which is a list, begins. */
const FIRST_LIST_BYTE = 0xc0
/** EIP-155: v = 35 + 2 * chainId, and one more. */
const FIRST_PROTECTED_V = 35n

function recipientOf(fields: ReadonlyMap<FieldName, Item>): AddressBytes | undefined {
  const to = bytesOf(fields.get('to'), 'to')
  return to.length === 0 ? undefined : asAddress(bytesOf(to, 'to', 20))
}

function feesOf(fields: ReadonlyMap<FieldName, Item>): Fees {
  const integer = (name: FieldName) => integerOf(fields.get(name), name)
  if (fields.has('gasPrice')) return { kind: 'price', gasPrice: integer('gasPrice') }
  return {
    kind: 'dynamic',
    maxFeePerGas: integer('maxFeePerGas'),
    maxPriorityFeePerGas: integer('maxPriorityFeePerGas'),
  }
}

function recoverSender(
  { type, items, fields }: Pick<Transaction, 'type' | 'fields'> & { readonly items: readonly Item[] },
  { keccak, customCrypto }: WasmCrypto,
): AddressBytes {
  const [v, r, s] = SIGNATURE.map((name) => bytesOf(fields.get(name), name)) as [Uint8Array, Uint8Array, Uint8Array]
  const chainId = type === 0 ? chainIdOf({ type, fields }) : undefined
  const unsigned = items.slice(0, -SIGNATURE.length)
  const signed =
    type === 0
      ? RLP.encode(chainId === undefined ? [...unsigned] : [...unsigned, chainId, new Uint8Array(), new Uint8Array()])
      : concatBytes(Uint8Array.of(type), RLP.encode([...unsigned]))
  try {
    const key = customCrypto.ecrecover!(keccak(signed), integerOf(v, 'v'), r, s, chainId)
    return asAddress(keccak(key).slice(12))
  } catch (error) {
    throw new MalformedObjectError(`a transaction that nobody can have signed: ${messageOf(error)}`)
  }
}
