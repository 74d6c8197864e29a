/** JSON-RPC 2.0 calls to one HTTP server: every failure a {@link RequestError}. */
import type { RequestError, RequestFault } from '../request-server.ts'
import { RETRY_AFTER_DEFAULT_MS, SAID_MAX } from '../http/constants.ts'
import type { HttpAnswer, HttpEndpoint } from '../http/http-endpoint.ts'
import { bodyForm } from '../http/media-type.ts'
import { oneLine } from '../http/one-line.ts'
import { refusalOf } from '../http/refusal.ts'

const JSON_TYPE = 'application/json'

/**
 * `method not found` (JSON-RPC), `resource not found`, `resource unavailable` and `method not supported` (EIP-1474),
 * `pruned history` (execution-apis).
 */
const ABSENT_CODES: ReadonlySet<unknown> = new Set([-32601, -32001, -32002, -32004, 4444])

/** `limit exceeded` (EIP-1474). */
const LIMIT_EXCEEDED = -32005

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** What one call of a batch comes to: its result, which may be null, or why it was refused alone. */
export type RpcReply =
  { readonly kind: 'result'; readonly json: unknown } | { readonly kind: 'refused'; readonly error: RequestError }

/** Always: an answer is taken for the call whose id it has, and no other. */
export class JsonRpc {
  #lastId = 0

  constructor(readonly endpoint: HttpEndpoint) {}

  /**
   * The result, which may be null. It is JSON, and nothing else is known of it.
   * @param maxBytes of the answer
   * @throws {RequestError} `absent` where the server does not have the method, or says it has not what is asked for
   */
  async call(method: string, params: readonly unknown[], maxBytes: number, signal: AbortSignal): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    // Not `text/plain`, which would spare browsers a preflight: geth answers it with 415.
    const post = { contentType: JSON_TYPE, body: JSON.stringify({ jsonrpc: '2.0', id, method, params }) }
    // The server's URL is the whole of it: a slash behind a path that ends in a key is another route.
    const answer = await this.endpoint.ask({ path: '', accept: JSON_TYPE, post }, maxBytes, signal)
    const { json, isJson } = parsed(answer)
    // Some servers send a JSON-RPC error with a status of 400 or 500: its code says more.
    const error = isJson ? errorIn(json) : undefined
    if (error !== undefined) throw refusal(answer, method, error)
    if (answer.status !== 200) throw refusalOf(answer, this.endpoint.transport.clock.now())
    if (!isJson) throw answer.failure({ code: 'unreachable' }, `${method}: the answer is no JSON`)
    const { id: cameFor, result } = (json ?? {}) as { readonly id?: unknown; readonly result?: unknown }
    if (cameFor !== id || result === undefined) {
      throw answer.failure({ code: 'malformed' }, `${method}: the answer is no result of call ${id}`)
    }
    return result
  }

  /**
   * Calls in one request; their replies in the order of the calls. A call that the answer passes over is refused as
   * `malformed`.
   * @param maxBytes of the whole answer
   * @throws {RequestError} where there are no replies at all
   */
  async batch(calls: readonly RpcCall[], maxBytes: number, signal: AbortSignal): Promise<RpcReply[]> {
    const first = this.#lastId + 1
    this.#lastId += calls.length
    const body = calls.map(({ method, params }, index) => ({ jsonrpc: '2.0', id: first + index, method, params }))
    const post = { contentType: JSON_TYPE, body: JSON.stringify(body) }
    const answer = await this.endpoint.ask({ path: '', accept: JSON_TYPE, post }, maxBytes, signal)
    const { json, isJson } = parsed(answer)
    const named = `a batch of ${calls.length} calls of ${calls[0]?.method ?? 'nothing'}`
    const error = isJson ? errorIn(json) : undefined
    if (error !== undefined) throw refusal(answer, named, error)
    if (answer.status !== 200) throw refusalOf(answer, this.endpoint.transport.clock.now())
    if (!isJson) throw answer.failure({ code: 'unreachable' }, `${named}: the answer is no JSON`)
    if (!Array.isArray(json)) throw answer.failure({ code: 'malformed' }, `${named}: the answer is no list`)
    return repliesIn(json, answer, { first, calls })
  }
}

/** Of what says one id twice, the first counts. */
function repliesIn(
  json: readonly unknown[],
  answer: HttpAnswer,
  { first, calls }: { readonly first: number; readonly calls: readonly RpcCall[] },
): RpcReply[] {
  const byId = new Map<unknown, object>()
  for (const item of json) {
    if (typeof item !== 'object' || item === null) continue
    const { id } = item as { readonly id?: unknown }
    if (!byId.has(id)) byId.set(id, item)
  }
  return calls.map(({ method }, index): RpcReply => {
    const reply = byId.get(first + index)
    const error = errorIn(reply)
    if (error !== undefined) return { kind: 'refused', error: refusal(answer, method, error) }
    const { result } = (reply ?? {}) as { readonly result?: unknown }
    if (result !== undefined) return { kind: 'result', json: result }
    const problem = `${method}: the batch has no reply to call ${first + index}`
    return { kind: 'refused', error: answer.failure({ code: 'malformed' }, problem) }
  })
}

/** The cause of a {@link RequestError} where the server answered with an error of JSON-RPC. */
export class RpcRefusal extends Error {
  override name = 'RpcRefusal'
  constructor(
    readonly code: unknown,
    /** In the server's words, shortened. */
    said: string,
  ) {
    super(said)
  }
}

interface RpcError {
  readonly code: unknown
  readonly message: unknown
}

function parsed(answer: HttpAnswer): { readonly json: unknown; readonly isJson: boolean } {
  if (bodyForm(answer.headers, answer.bytes) !== 'json') return { json: undefined, isJson: false }
  try {
    return { json: JSON.parse(new TextDecoder().decode(answer.bytes)) as unknown, isJson: true }
  } catch {
    return { json: undefined, isJson: false }
  }
}

function errorIn(json: unknown): RpcError | undefined {
  const { error } = (json ?? {}) as { readonly error?: unknown }
  return typeof error === 'object' && error !== null && 'code' in error ? (error as RpcError) : undefined
}

function refusal(answer: HttpAnswer, method: string, { code, message }: RpcError): RequestError {
  const said = typeof message === 'string' ? oneLine(message, SAID_MAX) : ''
  // Not all that JSON has can be made a text.
  const named = typeof code === 'number' || typeof code === 'string' ? oneLine(String(code), SAID_MAX) : 'of no code'
  const detail = `${method}: error ${named}${said === '' ? '' : `: ${said}`}`
  return answer.failure(faultOf(code), detail, { cause: new RpcRefusal(code, said) })
}

function faultOf(code: unknown): RequestFault {
  if (ABSENT_CODES.has(code)) return { code: 'absent' }
  return code === LIMIT_EXCEEDED ? { code: 'busy', retryAfterMs: RETRY_AFTER_DEFAULT_MS } : { code: 'unreachable' }
}
