/** What an answer that is an error means, and what its body says. */
import type { RequestError } from '../request-server.ts'
import { SAID_MAX } from './constants.ts'
import type { HttpAnswer } from './http-endpoint.ts'
import { bodyForm } from './media-type.ts'
import { oneLine } from './one-line.ts'
import { retryAfterMs } from './retry-after.ts'

/**
 * The error for an answer whose status is not 200.
 * - 404, 410 and 204: `absent`; 405 and 501 too, there is no such route; and 400, 406, 414, 415 and 422: it does not
 *   take such a request, which an older server rightly says of a newer route.
 * - 429, and 503 that says when to come back: `busy`.
 * - the rest: `unreachable`.
 * @param now ms since 1970
 */
export function refusalOf(answer: HttpAnswer, now: number): RequestError {
  const { status, headers } = answer
  const words = `HTTP ${status}${meaning(status)}${said(answer)}`
  if (status === 429 || (status === 503 && headers.has('retry-after'))) {
    const ms = retryAfterMs(headers, now)
    return answer.failure({ code: 'busy', retryAfterMs: ms }, `${words}; asks to be left alone for ${ms / 1_000} s`)
  }
  return answer.failure({ code: ABSENT.has(status) ? 'absent' : 'unreachable' }, words)
}

/** What an error's body says, in one line, or nothing: its `message` where it is JSON as beacon nodes send it. */
export function errorMessage({ headers, bytes }: HttpAnswer): string {
  const text = new TextDecoder().decode(bytes)
  switch (bodyForm(headers, bytes)) {
    case 'html':
      return 'an HTML page'
    case 'json':
      return oneLine(messageIn(text) ?? text, SAID_MAX)
    case 'bytes':
      return /^text\//.test(headers.get('content-type') ?? '') ? oneLine(text, SAID_MAX) : ''
  }
}

const ABSENT: ReadonlySet<number> = new Set([204, 400, 404, 405, 406, 410, 414, 415, 422, 501])

/** Where the number alone would send its reader to a list of them, or to the wrong conclusion. */
function meaning(status: number): string {
  if (status === 401 || status === 403) return ' (not allowed; a key may be missing or wrong)'
  if (status === 0 || (status >= 300 && status < 400)) return ' (a redirect; give the URL that it leads to)'
  return MEANINGS[status] ?? ''
}

const MEANINGS: Readonly<Record<number, string>> = {
  204: ' (nothing)',
  400: ' (bad request)',
  404: ' (not found)',
  406: ' (offers no form that was asked for)',
  429: ' (too many requests)',
  500: ' (internal error)',
  502: ' (bad gateway)',
  503: ' (unavailable)',
  504: ' (gateway timeout)',
}

function said(answer: HttpAnswer): string {
  const message = errorMessage(answer)
  return message === '' ? '' : `: ${message}`
}

function messageIn(text: string): string | undefined {
  try {
    const json = JSON.parse(text) as unknown
    if (typeof json !== 'object' || json === null) return undefined
    const { message, error } = json as { readonly message?: unknown; readonly error?: unknown }
    if (typeof message === 'string') return message
    return typeof error === 'string' ? error : undefined
  } catch {
    return undefined
  }
}
