/** The JSON mapping of SSZ values as the beacon API has it: numbers as decimal text, bytes as 0x-hex. */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import type { Hex } from '../../chain/bytes.ts'
import { DecodeError } from './decode-error.ts'
import type { Layout, ValueOf } from './plain-ssz.ts'

/**
 * Fields that the layout does not have are not looked at, because servers add some.
 * @param what the object, for the error
 * @throws {DecodeError} malformed
 */
export function readSszJson<const L extends Layout>(layout: L, json: unknown, what: string): ValueOf<L> {
  return read(layout, json, what) as ValueOf<L>
}

export function writeSszJson<const L extends Layout>(layout: L, value: ValueOf<L>): unknown {
  return write(layout, value)
}

function read(layout: Layout, json: unknown, what: string): unknown {
  switch (layout.kind) {
    case 'uint':
      return readDecimal(json, layout.bytes, what)
    case 'bytes':
      return readHex(json, layout.length, layout.length, what)
    case 'byteList':
      return readHex(json, 0, layout.max, what)
    case 'list': {
      if (!Array.isArray(json)) throw expected('a list', json, what)
      if (json.length > layout.max) throw malformed(what, `${json.length} items, at most ${layout.max} are taken`)
      return json.map((item, i) => read(layout.item, item, `${what}[${i}]`))
    }
    case 'container': {
      if (typeof json !== 'object' || json === null || Array.isArray(json)) throw expected('an object', json, what)
      const fields = json as Readonly<Record<string, unknown>>
      return Object.fromEntries(
        Object.entries(layout.fields).map(([name, field]) => [name, read(field, fields[name], `${what}.${name}`)]),
      )
    }
    case 'ignored':
      return undefined
  }
}

/** Digits of 2^256, the largest number there is: longer text is not even looked at. */
const MAX_DIGITS = 78

function readDecimal(json: unknown, bytes: number, what: string): bigint {
  if (typeof json !== 'string' || json.length > MAX_DIGITS || !/^\d+$/.test(json)) {
    throw expected('a decimal number as text', json, what)
  }
  const value = BigInt(json)
  if (value >> BigInt(8 * bytes) !== 0n) throw malformed(what, `${json} does not fit ${8 * bytes} bits`)
  return value
}

function readHex(json: unknown, min: number, max: number, what: string): Uint8Array {
  if (typeof json !== 'string' || !json.startsWith('0x') || json.length % 2 !== 0) throw expected('0x-hex', json, what)
  const length = json.length / 2 - 1
  if (length < min || length > max) {
    throw malformed(what, `${length} bytes, expected ${min === max ? min : `at most ${max}`}`)
  }
  try {
    return hexToBytes(json as Hex)
  } catch {
    throw expected('0x-hex', json, what)
  }
}

function write(layout: Layout, value: unknown): unknown {
  switch (layout.kind) {
    case 'uint':
      return String(value)
    case 'bytes':
    case 'byteList':
      return bytesToHex(value as Uint8Array)
    case 'list':
      return (value as readonly unknown[]).map((item) => write(layout.item, item))
    case 'container': {
      const fields = value as Readonly<Record<string, unknown>>
      return Object.fromEntries(
        Object.entries(layout.fields).map(([name, field]) => [name, write(field, fields[name])]),
      )
    }
    case 'ignored':
      return layout.json
  }
}

const malformed = (what: string, detail: string) => new DecodeError('malformed', what, detail)

function expected(shape: string, came: unknown, what: string): DecodeError {
  return malformed(what, `expected ${shape}, got ${kindOf(came)}`)
}

function kindOf(came: unknown): string {
  if (came === undefined) return 'nothing'
  if (came === null) return 'null'
  if (Array.isArray(came)) return `a list of ${came.length}`
  if (typeof came !== 'string') return typeof came
  return came.length > 40 ? `"${came.slice(0, 40)}…"` : `"${came}"`
}
