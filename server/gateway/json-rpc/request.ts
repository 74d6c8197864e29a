/** Messages taken apart into calls, as JSON-RPC 2.0 has them. */
import type { JsonRpcLimits } from './limits.ts'
import type { RpcError } from '../../../src/network/json-rpc/rpc-error.ts'
import { invalidRequest, limitExceeded, parseError } from '../../../src/network/json-rpc/rpc-error.ts'

/** What an answer repeats, as JSON text: a number may have more digits than JavaScript holds. */
export type IdText = string

export interface Call {
  readonly method: string
  readonly params: unknown
  /** Undefined: a notification, which is carried out and never answered. */
  readonly id: IdText | undefined
}

/** What stands where a call should be. */
export interface BadCall {
  readonly error: RpcError
  readonly id: IdText
}

export type Message =
  | { readonly kind: 'single'; readonly call: Call | BadCall }
  | { readonly kind: 'batch'; readonly calls: readonly (Call | BadCall)[] }

export const isBad = (call: Call | BadCall): call is BadCall => 'error' in call

/** Never throws: what cannot be read is a bad call. */
export function readMessage(body: string | Uint8Array, limits: Pick<JsonRpcLimits, 'batchCalls'>): Message {
  const bad = (error: RpcError): Message => ({ kind: 'single', call: { error, id: NO_ID } })
  try {
    const text = typeof body === 'string' ? body : utf8.decode(body)
    if (isTooDeep(text)) return bad(parseError(`JSON nested deeper than ${MAX_DEPTH}`))
    const json: unknown = JSON.parse(text)
    if (!Array.isArray(json)) return { kind: 'single', call: readCall(json, idTexts(text, [json])[0]) }
    if (json.length === 0) return bad(invalidRequest('empty batch'))
    if (json.length > limits.batchCalls) return bad(limitExceeded('batch too large'))
    const ids = idTexts(text, json)
    return { kind: 'batch', calls: json.map((call: unknown, place) => readCall(call, ids[place])) }
  } catch (error) {
    // JSON.parse and the decoder say what is wrong in words that quote the message; how much of it is theirs to know.
    return bad(parseError(error instanceof SyntaxError ? 'malformed JSON' : 'no UTF-8 text'))
  }
}

const NO_ID: IdText = 'null'
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Filters of logs nest five deep; a bound for what reads recursively, and for millions of brackets, which take seconds. */
const MAX_DEPTH = 64

function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case OPENING_BRACKET:
      case OPENING_BRACE:
        if (++depth > MAX_DEPTH) return true
        break
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth -= 1
        break
      default:
    }
  }
  return false
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Of the quote that ends the text which begins there; the text's end where none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return end
  }
  return text.length
}

/** @param id as JSON text, where it is one that an answer may repeat */
function readCall(json: unknown, id: IdText | undefined): Call | BadCall {
  const bad = (message: string): BadCall => ({ error: invalidRequest(message), id: id ?? NO_ID })
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return bad('invalid request')
  const call = json as Readonly<Record<string, unknown>>
  const hasId = Object.hasOwn(call, 'id')
  if (call['jsonrpc'] !== '2.0') return bad('invalid request: expected "jsonrpc":"2.0"')
  if (hasId && id === undefined) return bad('invalid request: an id is a text, a number or null')
  if (typeof call['method'] !== 'string' || call['method'] === '') return bad('invalid request: no method')
  const params = Object.hasOwn(call, 'params') ? call['params'] : undefined
  return { method: call['method'], params, id: hasId ? id : undefined }
}

/**
 * The ids of calls as the message writes them; undefined for what is no id. Numbers that JavaScript does not hold are
 * found by reading the message once more with such numbers as texts.
 */
function idTexts(text: string, calls: readonly unknown[]): (IdText | undefined)[] {
  const ids = calls.map(idOf)
  if (!ids.some((id) => typeof id === 'number' && !Number.isSafeInteger(id))) return ids.map(textOf)
  const again: unknown = JSON.parse(text.replace(NUMBER_ID, '"id":"$1"'))
  const exact = (Array.isArray(again) ? again : [again]).map(idOf)
  return ids.map((id, place) => {
    const written = exact[place]
    return typeof id === 'number' && typeof written === 'string' ? written : textOf(id)
  })
}

/**
 * A number behind `"id":`. In valid JSON these five characters before a colon are always a name: within a text the
 * quotes would have backslashes, and between texts stands punctuation.
 */
const NUMBER_ID = /(?<!\\)"id"\s*:\s*(-?\d[\d.eE+-]*)/g

function idOf(call: unknown): unknown {
  if (typeof call !== 'object' || call === null || Array.isArray(call)) return undefined
  return Object.hasOwn(call, 'id') ? (call as { id: unknown }).id : undefined
}

function textOf(id: unknown): IdText | undefined {
  // A name may be written with escapes, and its number then is not found: what is left of it has to be JSON.
  const isId = typeof id === 'string' || id === null || Number.isFinite(id)
  return isId ? JSON.stringify(id) : undefined
}
