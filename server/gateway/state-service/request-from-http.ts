/** Requests out of addresses. What is wrong with one is named by its part. */
import { hexToBytes } from '@ethereumjs/util'
import { asHash, type Hash, type Hex } from '../../../src/chain/bytes.ts'
import { MAX_GET_HASHES, MAX_HEADERS, MAX_RANGE_BYTES } from '../../../src/network/state-service/constants.ts'
import type { StateRequestOf } from '../../../src/network/state-service/messages.ts'
import { invalid, StateServiceError } from './state-service-error.ts'

/** As Fastify gives it: a name that comes more than once is a list. */
export type QueryValues = Readonly<Record<string, string | readonly string[] | undefined>>

/** @throws {StateServiceError} `invalid`, as all here */
export function hashFrom(text: string | undefined, what: string): Hash {
  if (text === undefined) throw invalid(`${what} is missing`)
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw invalid(`${what} is "${shown(text)}", expected 0x and 64 hex digits`)
  return asHash(hexToBytes(text as Hex))
}

export function headersFrom(start: string, query: QueryValues): StateRequestOf<'headers'> {
  const count = numberFrom(single(query, 'count') ?? '1', 'count', MAX_HEADERS)
  if (start.startsWith('0x')) return { start: { hash: hashFrom(start, 'the first header') }, count }
  return { start: { number: numberFrom(start, 'the first header', Number.MAX_SAFE_INTEGER) }, count }
}

/** @throws {StateServiceError} `limit` too, for more than a GET may name */
export function hashesFrom(query: QueryValues): StateRequestOf<'nodes'> {
  const hashes = [query['hash'] ?? []].flat()
  if (hashes.length === 0) throw invalid('no hash is asked for')
  if (hashes.length > MAX_GET_HASHES) {
    throw new StateServiceError('limit', `${hashes.length} hashes, at most ${MAX_GET_HASHES} by GET; POST takes more`)
  }
  return { hashes: hashes.map((hash) => hashFrom(hash, 'hash')) }
}

export function rangeFrom(stateRoot: string, query: QueryValues): StateRequestOf<'range'> {
  const account = single(query, 'account')
  return {
    stateRoot: hashFrom(stateRoot, 'the state root'),
    account: account === undefined ? undefined : hashFrom(account, 'account'),
    origin: hashFrom(single(query, 'origin') ?? FIRST_KEY, 'origin'),
    limit: hashFrom(single(query, 'limit') ?? LAST_KEY, 'limit'),
    maxBytes: numberFrom(single(query, 'bytes') ?? `${MAX_RANGE_BYTES}`, 'bytes', MAX_RANGE_BYTES),
  }
}

const FIRST_KEY = `0x${'00'.repeat(32)}`
const LAST_KEY = `0x${'ff'.repeat(32)}`

function single(query: QueryValues, name: string): string | undefined {
  const value = query[name]
  if (value === undefined || typeof value === 'string') return value
  throw invalid(`${name} is given ${value.length} times`)
}

function numberFrom(text: string, what: string, most: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw invalid(`${what} is "${shown(text)}", expected a whole number up to ${most}`)
}

/** What others send goes into messages no longer than this. */
const SHOWN_LENGTH = 80

const shown = (text: string): string => (text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text)
