/** One GET of JSON from a checkpoint source: of bounded size, and from nobody but its owner. */
import { untilAborted } from '../../network/http/bounded-signal.ts'
import { readBody } from '../../network/http/read-body.ts'
import type { ServerUrl } from '../../network/http/server-url.ts'
import { SourceError } from './checkpoint-source.ts'
import { ownerOf } from './owner.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Bytes of an answer. A checkpoint takes 500, a checkpointz status with twenty upstreams and its list of slots about 10,000 each. */
export const SOURCE_BODY_MAX = 65_536

export interface SourceRequest {
  readonly fetch: Fetch
  readonly url: ServerUrl
  readonly path: string
  /** Ends the request, and in time: nothing else does. */
  readonly signal: AbortSignal
}

export type SourceAnswer =
  | { readonly kind: 'json'; readonly json: unknown }
  /** It has no such thing, or no such route. */
  | { readonly kind: 'absent'; readonly error: SourceError }

/** @throws {SourceError} */
export async function getJson(request: SourceRequest): Promise<SourceAnswer> {
  try {
    return await untilAborted(get(request), request.signal)
  } catch (error) {
    if (error instanceof SourceError) throw error
    const why = error instanceof Error ? error.message : String(error)
    // A page is not told why: no connection and no permission look the same to it.
    const hint = error instanceof TypeError ? ' (not reachable, or it does not allow pages to read it: CORS)' : ''
    throw failure(request, 'unreachable', `${why}${hint}`, error)
  }
}

async function get(request: SourceRequest): Promise<SourceAnswer> {
  const { url, path, signal } = request
  const response = await request.fetch(url.route(path), {
    signal,
    headers: { accept: 'application/json' },
    // Whose page asks, and as whom, is nothing for a source to know; an answer kept from before may be of another day.
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
  })
  requireSameOwner(request, response)
  if (!response.ok) {
    await response.body?.cancel()
    const error = failure(request, 'unreachable', `HTTP ${response.status}`)
    if (OVERLOADED_STATUSES.has(response.status)) throw error
    return { kind: 'absent', error }
  }
  const body = await readBody(response.body, SOURCE_BODY_MAX, signal)
  if (body.kind === 'tooLong') throw failure(request, 'malformed', `more than ${SOURCE_BODY_MAX} bytes`)
  return { kind: 'json', json: parseJson(request, body.bytes) }
}

/** Another path would be answered alike. The rest may be about this path: what gateways say to one they do not know varies. */
const OVERLOADED_STATUSES: ReadonlySet<number> = new Set([429, 503])

/** A redirect to another's server would let one owner count twice. */
function requireSameOwner({ url, path }: SourceRequest, response: Response): void {
  if (response.url === '') return
  const owner = ownerOf(response.url)
  if (owner === ownerOf(url.origin)) return
  throw new SourceError({ code: 'otherOwner', owner }, `${url.name} forwards ${path} to ${owner}; ask ${owner} itself`)
}

function parseJson(request: SourceRequest, bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes)
  try {
    return JSON.parse(text)
  } catch (error) {
    const what = /^\s*</.test(text) ? 'a page (HTML or XML)' : 'something that is no JSON'
    throw failure(request, 'malformed', what, error)
  }
}

function failure(
  { url, path }: SourceRequest,
  code: 'unreachable' | 'malformed',
  came: string,
  cause?: unknown,
): SourceError {
  return new SourceError({ code }, `${url.name} was asked for ${path}: ${url.redact(came)}`, { cause })
}
