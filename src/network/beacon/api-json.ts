/** Single values out of the JSON of the beacon API, whose numbers are text. */
import { hexToBytes, isHexString } from '@ethereumjs/util'
import { asRoot, type Root } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { fieldOf } from '../../consensus/containers/versioned-json.ts'

/** The value at a path such as `data.header.message`; undefined where there is none. */
export const valueAt = (json: unknown, path: string): unknown => path.split('.').reduce(fieldOf, json)

/** Undefined unless it is decimal text of a number that JavaScript holds exactly. */
export function readDecimal(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

/** Undefined unless it is 32 bytes of 0x-hex. */
export function readRoot(value: unknown): Root | undefined {
  return typeof value === 'string' && isHexString(value, 32) ? asRoot(hexToBytes(value)) : undefined
}

/** @throws {DecodeError} see {@link readDecimal} */
export function decimalAt(json: unknown, path: string, what: string): number {
  const number = readDecimal(valueAt(json, path))
  if (number !== undefined) return number
  throw new DecodeError('malformed', what, `${path} is no decimal text below 2^53`)
}

/** @throws {DecodeError} see {@link readRoot} */
export function rootAt(json: unknown, path: string, what: string): Root {
  const root = readRoot(valueAt(json, path))
  if (root !== undefined) return root
  throw new DecodeError('malformed', what, `${path} is no root of 32 bytes`)
}

/** Undefined where the server does not say, or says something else. */
export function flagAt(json: unknown, path: string): boolean | undefined {
  const value = valueAt(json, path)
  return typeof value === 'boolean' ? value : undefined
}
