/** How much each client, by its address, may ask for: in a second, and at a time. */
import type { Clock } from '../../../src/chain/clock.ts'
import { dropOldest } from '../../../src/chain/drop-oldest.ts'
import type { GatewayLimits } from './gateway-limits.ts'

export type Admission =
  { readonly kind: 'admitted' } | { readonly kind: 'refused'; readonly why: string; readonly retryAfterSeconds: number }

interface ClientUse {
  /** Requests that it may send at once. */
  tokens: number
  /** ms since 1970, as of which that is. */
  asOf: number
  underWay: number
}

/** Seconds' worth of requests that a client may send at once: a page that opens asks for much, and then for little. */
const BURST_SECONDS = 2

/** Clients that are known at a time. One that is forgotten starts with all its tokens. */
const MAX_CLIENTS = 4_096

/** Always: a client has between 0 and a burst of tokens, and as many requests under way as were admitted and not ended. */
export class ClientLimits {
  readonly #clients = new Map<string, ClientUse>()

  constructor(
    private readonly clock: Clock,
    private readonly limits: Pick<GatewayLimits, 'requestsPerSecond' | 'concurrentRequests'>,
  ) {}

  /** That are known. */
  get clients(): number {
    return this.#clients.size
  }

  /** Counts a request, where it may be answered. An admitted one that takes a place has to be ended. */
  admit(client: string, takes: 'place' | 'no place'): Admission {
    const { requestsPerSecond, concurrentRequests } = this.limits
    const use = this.#use(client)
    if (use.tokens < 1) {
      const retryAfterSeconds = Math.ceil((1 - use.tokens) / requestsPerSecond)
      return { kind: 'refused', why: `more than ${requestsPerSecond} requests a second`, retryAfterSeconds }
    }
    if (takes === 'place' && use.underWay >= concurrentRequests) {
      return { kind: 'refused', why: `${concurrentRequests} requests are under way`, retryAfterSeconds: 1 }
    }
    use.tokens -= 1
    if (takes === 'place') use.underWay += 1
    return { kind: 'admitted' }
  }

  end(client: string): void {
    const use = this.#clients.get(client)
    if (use !== undefined) use.underWay = Math.max(use.underWay - 1, 0)
  }

  #use(client: string): ClientUse {
    const { requestsPerSecond } = this.limits
    const burst = Math.max(requestsPerSecond * BURST_SECONDS, 1)
    const now = this.clock.now()
    const known = this.#clients.get(client) ?? { tokens: burst, asOf: now, underWay: 0 }
    // A clock that was set back gives nothing and takes nothing.
    const earned = (Math.max(now - known.asOf, 0) * requestsPerSecond) / 1_000
    known.tokens = Math.min(known.tokens + earned, burst)
    known.asOf = now
    // Those that were heard of last go last.
    this.#clients.delete(client)
    this.#clients.set(client, known)
    dropOldest(this.#clients, MAX_CLIENTS)
    return known
  }
}
