/** Parts of a request's address as values. Each function throws an {@link HttpError} 400 that names the part. */
import { hexToBytes } from '@ethereumjs/util'
import type { Hex, Root } from '../../src/chain/bytes.ts'
import { asRoot } from '../../src/chain/bytes.ts'
import { badRequest } from '../http/http-error.ts'
import type { ItemId } from './beacon-source.ts'

export function rootFrom(text: string, what: string): Root {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw badRequest(`${what} is "${shown(text)}", expected 0x and 64 hex digits`)
  return asRoot(hexToBytes(text as Hex))
}

export function bytesFrom(text: string | null, what: string): Uint8Array {
  if (text === null || !/^0x([0-9a-fA-F]{2})+$/.test(text)) throw badRequest(`${what} is no 0x-hex`)
  return hexToBytes(text as Hex)
}

/** A uint64 that a `number` holds: no slot or period is near 2^53. */
export function numberFrom(text: string | null, what: string): number {
  const number = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw badRequest(`${what} is ${text === null ? 'missing' : `"${shown(text)}"`}, expected a decimal number below 2^53`)
}

/** `block_id` or `state_id`. */
export function itemIdFrom(text: string, what: string): ItemId {
  switch (text) {
    case 'head':
    case 'genesis':
    case 'finalized':
    case 'justified':
      return { kind: text }
    default:
      if (text.startsWith('0x')) return { kind: 'root', root: rootFrom(text, what) }
      return { kind: 'slot', slot: numberFrom(text, what) }
  }
}

/** What others send goes into messages no longer than this. */
const SHOWN_LENGTH = 80

const shown = (text: string): string => (text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text)
