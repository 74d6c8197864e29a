/** Headers by field, and as the execution API shows them. */
import { HEADER_FIELDS } from '../../execution/header-fields.ts'
import { data, quantityOf } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { Item } from './rlp-items.ts'
import { bytesOf, decodeList, integerOf, smallIntegerOf } from './rlp-items.ts'

/** What calls compute with. */
export interface Header {
  readonly items: readonly Item[]
  readonly number: number
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Undefined before London. */
  readonly baseFeePerGas: bigint | undefined
  /** Undefined before Cancun. */
  readonly blob: { readonly gasUsed: bigint; readonly excessGas: bigint } | undefined
}

/** @throws {MalformedObjectError} */
export function decodeHeader(rlp: Uint8Array): Header {
  const items = decodeList(rlp, 'the header')
  const integer = (name: string) => integerOf(items[place(name)], `header field ${name}`)
  const small = (name: string) => smallIntegerOf(items[place(name)], `header field ${name}`)
  const has = (name: string) => items.length > place(name)
  return {
    items,
    number: small('number'),
    timestamp: small('timestamp'),
    gasLimit: integer('gasLimit'),
    gasUsed: integer('gasUsed'),
    baseFeePerGas: has('baseFeePerGas') ? integer('baseFeePerGas') : undefined,
    blob: has('excessBlobGas') ? { gasUsed: integer('blobGasUsed'), excessGas: integer('excessBlobGas') } : undefined,
  }
}

/** Every field of its fork; a fork's later fields are left out. @throws {MalformedObjectError} */
export function headerJson({ items }: Header): JsonObject {
  return Object.fromEntries(
    HEADER_FIELDS.slice(0, items.length).map(({ names: [name], form }, at) => {
      const bytes = bytesOf(items[at], `header field ${name}`)
      return [name, form === 'quantity' ? quantityOf(bytes) : data(bytes)]
    }),
  )
}

const PLACES = new Map(HEADER_FIELDS.map(({ names }, place) => [names[0], place]))

function place(name: string): number {
  const place = PLACES.get(name)
  if (place === undefined) throw new RangeError(`no header field is called ${name}`)
  return place
}
