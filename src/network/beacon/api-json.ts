/** Single values out of the JSON of the beacon API, whose numbers are text. */
import { hexToBytes } from '@ethereumjs/util'
import { asRoot, type Root } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { fieldOf } from '../../consensus/containers/versioned-json.ts'

/** The value at a path such as `data.header.message`; undefined where there is none. */
export const valueAt = (json: unknown, path: string): unknown => path.split('.').reduce(fieldOf, json)

/** @throws {DecodeError} unless it is decimal text of a number that JavaScript holds exactly */
export function decimalAt(json: unknown, path: string, what: string): number {
  const value = valueAt(json, path)
  if (typeof value === 'string' && /^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value)
  throw new DecodeError('malformed', what, `${path} is no decimal text below 2^53`)
}

/** @throws {DecodeError} unless it is 32 bytes of 0x-hex */
export function rootAt(json: unknown, path: string, what: string): Root {
  const value = valueAt(json, path)
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)) return asRoot(hexToBytes(value as `0x${string}`))
  throw new DecodeError('malformed', what, `${path} is no root of 32 bytes`)
}

/** Undefined where the server does not say, or says something else. */
export function flagAt(json: unknown, path: string): boolean | undefined {
  const value = valueAt(json, path)
  return typeof value === 'boolean' ? value : undefined
}
