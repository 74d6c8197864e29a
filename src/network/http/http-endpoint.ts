/** Requests to one HTTP server: bounded in time and size, and every failure a {@link RequestError} that says what and of whom. */
import { RequestError, type RequestFault } from '../request-server.ts'
import { boundedSignal, untilAborted, type BoundedSignal } from './bounded-signal.ts'
import { ConnectionFailures } from './connection-failure.ts'
import { ERROR_BODY_MAX, REQUEST_TIMEOUT_MS, SHOWN_PATH_MAX } from './constants.ts'
import { oneLine } from './one-line.ts'
import { chunksOf, readBody } from './read-body.ts'
import { queryPairs, type Query, type ServerUrl } from './server-url.ts'
import type { HttpTransport } from './transport.ts'

export interface HttpRequest {
  /** Below the server's URL; begins with a slash. */
  readonly path: string
  readonly query?: Query
  /**
   * Value of `Accept`. With this header, and JSON or text posted as `text/plain`, a browser asks no leave first (a CORS
   * preflight); add no header lightly.
   */
  readonly accept: string
  /** Sends it by POST; by GET without. */
  readonly post?: { readonly contentType: string; readonly body: string | Uint8Array<ArrayBuffer> }
}

/** A whole answer of any status. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  /** Of an error the first {@link ERROR_BODY_MAX} bytes. */
  readonly bytes: Uint8Array
  /** An error about this answer: `detail` ends the sentence that begins with server, method and path. */
  failure(fault: RequestFault, detail: string, options?: ErrorOptions): RequestError
}

/** An answer whose body goes on for as long as the signal lets it. */
export interface OpenAnswer extends Omit<HttpAnswer, 'bytes'> {
  /** To be read once; ending the loop over it closes the connection. Throws {@link RequestError}. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** For who does not read it. */
  close(): void
}

export class HttpEndpoint {
  readonly #failures: ConnectionFailures

  constructor(
    readonly url: ServerUrl,
    readonly transport: HttpTransport,
  ) {
    this.#failures = new ConnectionFailures(url, transport)
  }

  /**
   * Resolves with an answer of whatever status: `refusalOf` tells what an error means.
   * @param maxBytes of a body with status 200; more is `malformed`
   * @throws {RequestError} `unreachable` without a whole answer, or when the signal aborts
   */
  async ask(request: HttpRequest, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> {
    const bounded = boundedSignal(signal, this.transport.clock, REQUEST_TIMEOUT_MS)
    try {
      const response = await this.#send(request, bounded.signal)
      const most = response.status === 200 ? maxBytes : ERROR_BODY_MAX
      const body = await this.#read(request, response, most, bounded.signal)
      const answer = this.#answer(request, response)
      if (body.kind === 'tooLong' && response.status === 200) {
        throw answer.failure({ code: 'malformed' }, `the body goes on after ${maxBytes} bytes, the most there may be`)
      }
      return { ...answer, bytes: body.bytes }
    } finally {
      bounded.end()
    }
  }

  /**
   * The same for a body that never ends: time is up only while there is no answer. An answer that is an error, or has
   * no body, comes as from {@link ask}.
   * @throws {RequestError}
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<OpenAnswer | HttpAnswer> {
    const bounded = boundedSignal(signal, this.transport.clock, REQUEST_TIMEOUT_MS)
    try {
      const response = await this.#send(request, bounded.signal)
      const answer = this.#answer(request, response)
      if (response.status === 200 && response.body !== null) {
        bounded.unbound()
        const { body } = response
        const close = () => {
          bounded.end()
          body.cancel().catch(() => undefined)
        }
        return { ...answer, chunks: this.#chunks(request, body, bounded), close }
      }
      const { bytes } = await this.#read(request, response, ERROR_BODY_MAX, bounded.signal)
      bounded.end()
      return { ...answer, bytes }
    } catch (error) {
      bounded.end()
      throw error
    }
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { path, query, accept, post } = request
    const init: RequestInit = {
      method: post === undefined ? 'GET' : 'POST',
      headers: post === undefined ? { accept } : { accept, 'content-type': post.contentType },
      ...(post === undefined ? {} : { body: post.body }),
      // A redirected POST would become a GET without its body.
      redirect: post === undefined ? 'follow' : 'manual',
      // What one server knows of a user is what is asked of it: no cookies, no page's address, nothing from a cache.
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal,
    }
    try {
      return await untilAborted(this.transport.fetch(this.url.route(path, query), init), signal)
    } catch (error) {
      const detail = await this.#failures.explain(error, signal)
      throw this.#failure(request, { code: 'unreachable' }, detail, { cause: error })
    }
  }

  async #read(request: HttpRequest, response: Response, maxBytes: number, signal: AbortSignal) {
    try {
      return await readBody(response.body, maxBytes, signal)
    } catch (error) {
      throw await this.#cut(request, error, signal)
    }
  }

  async *#chunks(
    request: HttpRequest,
    body: ReadableStream<Uint8Array>,
    bounded: BoundedSignal,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* chunksOf(body, bounded.signal)
    } catch (error) {
      throw await this.#cut(request, error, bounded.signal)
    } finally {
      bounded.end()
    }
  }

  async #cut(request: HttpRequest, error: unknown, signal: AbortSignal): Promise<RequestError> {
    // The head of the answer was readable, so it is not CORS: no need to find out.
    const why = signal.aborted ? await this.#failures.explain(signal.reason, signal) : this.url.redact(String(error))
    return this.#failure(request, { code: 'unreachable' }, `the body was cut: ${why}`, { cause: error })
  }

  #answer(request: HttpRequest, response: Response): Omit<HttpAnswer, 'bytes'> {
    const moved = response.redirected ? movedTo(response.url, this.url) : ''
    return {
      status: response.status,
      headers: response.headers,
      failure: (fault, detail, options) => this.#failure(request, fault, `${detail}${moved}`, options),
    }
  }

  #failure(request: HttpRequest, fault: RequestFault, detail: string, options?: ErrorOptions): RequestError {
    const { path, query = {}, post } = request
    const search = new URLSearchParams(queryPairs(query)).toString()
    const asked = oneLine(search === '' ? path : `${path}?${search}`, SHOWN_PATH_MAX)
    const method = post === undefined ? 'GET' : 'POST'
    return new RequestError(fault, `${this.url.name}: ${method} ${asked}: ${this.url.redact(detail)}`, options)
  }
}

function movedTo(href: string, from: ServerUrl): string {
  const { origin } = URL.canParse(href) ? new URL(href) : { origin: 'elsewhere' }
  return origin === from.origin ? ' (after a redirect)' : ` (after a redirect to ${origin})`
}
