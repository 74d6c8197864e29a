/** Execution headers from the JSON of `eth_getBlockByHash` (execution-apis) back to the RLP that the block hash is of. */
import { RLP } from '@ethereumjs/rlp'
import { hexToBytes } from '@ethereumjs/util'
import type { Hex } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import type { HeaderField } from './header-fields.ts'
import { FRONTIER_FIELDS, LATER_FIELDS } from './header-fields.ts'

/**
 * What is not under the hash (total difficulty, size, transactions) is not looked at. Whether the header is the one that
 * was asked for, its hash tells.
 * @throws {DecodeError} malformed
 */
export function headerRlpFromJson(json: unknown): Uint8Array {
  if (typeof json !== 'object' || json === null) throw malformed('execution header', 'no object')
  const block = json as Readonly<Record<string, unknown>>
  const firstMissing = LATER_FIELDS.findIndex((one) => given(block, one) === undefined)
  const later = firstMissing === -1 ? LATER_FIELDS : LATER_FIELDS.slice(0, firstMissing)
  return RLP.encode([...FRONTIER_FIELDS, ...later].map((one) => read(given(block, one), one)))
}

/** Clients say null for what a block's fork does not have, or nothing. */
function given(block: Readonly<Record<string, unknown>>, { names }: HeaderField): unknown {
  return names.map((name) => block[name]).find((value) => value !== undefined && value !== null)
}

function read(value: unknown, { names, form }: HeaderField): Uint8Array {
  const what = `execution header: ${names[0]}`
  if (typeof value !== 'string' || !value.startsWith('0x')) throw malformed(what, `no hex, but ${typeof value}`)
  if (form === 'quantity') return quantity(value, what)
  const max = 'bytes' in form ? form.bytes : form.atMost
  const length = value.length / 2 - 1
  if ('bytes' in form ? length !== max : length > max || !Number.isInteger(length)) {
    throw malformed(what, `${length} bytes, expected ${'bytes' in form ? '' : 'at most '}${max}`)
  }
  return bytes(value as Hex, what)
}

/** Digits of 2^256. */
const MAX_DIGITS = 64

/** Leading zeros are against the specification, but say nothing else. */
function quantity(value: string, what: string): Uint8Array {
  const digits = value.slice(2).replace(/^0+/, '')
  if (value.length === 2 || digits.length > MAX_DIGITS) throw malformed(what, `"${value.slice(0, 20)}" is no quantity`)
  return bytes(`0x${digits.length % 2 === 0 ? '' : '0'}${digits}`, what)
}

function bytes(hex: Hex, what: string): Uint8Array {
  try {
    return hexToBytes(hex)
  } catch {
    throw malformed(what, `"${hex.slice(0, 20)}" is no hex`)
  }
}

const malformed = (what: string, detail: string) => new DecodeError('malformed', what, detail)
