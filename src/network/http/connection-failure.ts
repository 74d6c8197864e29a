/**
 * Says why a `fetch` failed. Node gives the reason as the error's cause. A browser does not: it tells a page nothing
 * of a server that refuses it by CORS, and rejects with the same `TypeError` as where nobody answers.
 */
import { DeadlineError } from './bounded-signal.ts'
import { REACHABILITY_MEMORY_MS } from './constants.ts'
import type { ServerUrl } from './server-url.ts'
import type { HttpTransport } from './transport.ts'

/** What keeps a page from a server. */
type Obstacle = 'cors' | 'mixedContent' | 'unreachable'

/** Remembers for a while whether the server answers at all: see {@link REACHABILITY_MEMORY_MS}. */
export class ConnectionFailures {
  #known: { readonly until: number; readonly obstacle: Obstacle } | undefined

  constructor(
    private readonly url: ServerUrl,
    private readonly transport: HttpTransport,
  ) {}

  /** The end of a sentence that begins with what was asked. Never rejects. */
  async explain(error: unknown, signal: AbortSignal): Promise<string> {
    if (error instanceof DeadlineError) return error.message
    if (signal.aborted) return 'given up'
    const { origin } = this.transport
    const said = this.url.redact(reasonOf(error))
    if (origin === undefined || origin === this.url.origin) return `no connection: ${said}`
    switch (await this.#obstacle(origin, signal)) {
      case 'cors':
        return `CORS refusal: the server answers, but does not allow pages of ${origin} to read it; allow that origin in its settings, or use another server`
      case 'mixedContent':
        return `no connection: on a page of ${origin} browsers block servers without https; use its https URL`
      case 'unreachable':
        return `no connection: ${said}`
    }
  }

  async #obstacle(origin: string, signal: AbortSignal): Promise<Obstacle> {
    if (origin.startsWith('https:') && this.url.origin.startsWith('http:') && !isLoopback(this.url.origin)) {
      return 'mixedContent'
    }
    const now = this.transport.clock.now()
    if (this.#known !== undefined && now < this.#known.until) return this.#known.obstacle
    const obstacle = (await this.#answers(signal)) ? 'cors' : 'unreachable'
    if (!signal.aborted) this.#known = { until: now + REACHABILITY_MEMORY_MS, obstacle }
    return obstacle
  }

  /** A request whose answer nobody may read needs no leave: it succeeds where there is any answer, of any route. */
  async #answers(signal: AbortSignal): Promise<boolean> {
    const init: RequestInit = { mode: 'no-cors', method: 'GET', credentials: 'omit', cache: 'no-store', signal }
    try {
      const response = await this.transport.fetch(this.url.route('/'), init)
      await response.body?.cancel()
      return true
    } catch {
      return false
    }
  }
}

/** Browsers take these for secure although they have no https (W3C Secure Contexts, section 3.1). */
const isLoopback = (origin: string): boolean => /^http:\/\/(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(origin)

/** Node wraps the error that tells something into one that says `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return cause.message === '' ? code : cause.message
}
