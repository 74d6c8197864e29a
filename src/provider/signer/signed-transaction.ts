/** Reads what a signed transaction does from its bytes. Its sender is not recovered: that a wallet signs is its affair. */
import { enterList, isListAt, itemEnd, payloadStart, RlpError } from '../../state/rlp.ts'
import type { TransactionFields } from './transaction-fields.ts'

/** Where the fields are in a transaction's list, and how many items it has. */
interface Layout {
  readonly items: number
  readonly to: number
  readonly value: number
  readonly data: number
}

const LEGACY: Layout = { items: 9, to: 3, value: 4, data: 5 }

/** By the first byte (EIP-2718). */
const TYPED: Readonly<Record<number, Layout>> = {
  /** EIP-2930 */
  1: { items: 11, to: 4, value: 5, data: 6 },
  /** EIP-1559 */
  2: { items: 12, to: 5, value: 6, data: 7 },
  /** EIP-4844 */
  3: { items: 14, to: 5, value: 6, data: 7 },
  /** EIP-7702 */
  4: { items: 13, to: 5, value: 6, data: 7 },
}

/** @throws {RlpError} for what is no signed transaction */
export function signedFields(raw: string): TransactionFields {
  const bytes = bytesOf(raw)
  const [type = 0xff] = bytes
  if (type >= 0xc0) return legacyFields(itemsOf(bytes))
  const layout = TYPED[type]
  if (layout === undefined) throw new RlpError(`transactions of the type ${type} are not known`)
  const items = itemsOf(type === 3 ? withoutBlobs(bytes.subarray(1)) : bytes.subarray(1))
  return { ...fieldsAt(items, layout), chainId: quantityOf(items[0]!) }
}

function legacyFields(items: readonly Uint8Array[]): TransactionFields {
  const fields = fieldsAt(items, LEGACY)
  const v = quantityOf(items[6]!)
  // EIP-155; before it, v is 27 or 28.
  return { ...fields, chainId: v >= 35n ? (v - 35n) / 2n : undefined }
}

function fieldsAt(items: readonly Uint8Array[], layout: Layout): Omit<TransactionFields, 'chainId'> {
  if (items.length !== layout.items) throw new RlpError(`it has ${items.length} items, expected ${layout.items}`)
  const to = items[layout.to]!
  if (to.length !== 0 && to.length !== 20) throw new RlpError(`its to is ${to.length} bytes long`)
  return {
    to: to.length === 0 ? undefined : hexOf(to),
    value: quantityOf(items[layout.value]!),
    data: hexOf(items[layout.data]!),
  }
}

/** A blob transaction on its way to a pool is a list of the transaction and its blobs; the transaction is its first item. */
function withoutBlobs(bytes: Uint8Array): Uint8Array {
  const start = enterList(bytes)
  return start < bytes.length && isListAt(bytes, start)
    ? bytes.subarray(start, itemEnd(bytes, start, bytes.length))
    : bytes
}

/** Payloads of a list's items, those that are lists in one piece. */
function itemsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const items: Uint8Array[] = []
  for (let at = enterList(bytes); at < bytes.length;) {
    const end = itemEnd(bytes, at, bytes.length)
    items.push(bytes.subarray(payloadStart(bytes, at), end))
    at = end
  }
  return items
}

function bytesOf(raw: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})+$/i.test(raw)) throw new RlpError('it is not hex')
  const bytes = new Uint8Array(raw.length / 2 - 1)
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(raw.slice(2 * index + 2, 2 * index + 4), 16)
  return bytes
}

const quantityOf = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(hexOf(bytes)))

const hexOf = (bytes: Uint8Array): string =>
  `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
