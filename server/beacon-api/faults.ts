/** What a server does wrong, as data: for tests of clients, and for whoever wants to see how a client takes it. */
import type { BeaconSource } from './beacon-source.ts'
import type { RouteName } from './routes.ts'

export type Fault =
  /** Answers with this status and an error body. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Answers with a page, as proxies and captive portals do. Default status: 200. */
  | { readonly kind: 'html'; readonly status?: number }
  /** Answers that much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never answers; the client has to give up. */
  | { readonly kind: 'stall' }
  /** Announces the whole body and ends the connection after some bytes of it. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** Sends that many bytes after the body, which is of no announced length. */
  | { readonly kind: 'oversized'; readonly bytes: number }
  /** Turns one bit of the body, in its middle. */
  | { readonly kind: 'flipped' }
  /** Sends this text as a body of JSON; on an event stream, as events. */
  | { readonly kind: 'garbage'; readonly text: string }
  /** Ends an event stream after so many events. */
  | { readonly kind: 'closeEvents'; readonly after: number }
  /** Sends no CORS headers: a page on another origin is not shown the answer. */
  | { readonly kind: 'noCors' }
  /** Serves another view: the same chain as of some slots ago, or another chain. */
  | { readonly kind: 'otherSource'; readonly source: BeaconSource }

export interface FaultRule {
  readonly route: RouteName | 'all'
  readonly fault: Fault
  /** Share of the requests it concerns, from 0 to 1. Default: all. */
  readonly rate?: number
}

/** The faults in force; rules may be replaced at any time, and hold from the next request on. */
export class Faults {
  #rules: readonly FaultRule[] = []

  /** @param random from 0 to 1; seeded where runs should repeat */
  constructor(private readonly random: () => number = Math.random) {}

  get rules(): readonly FaultRule[] {
    return this.#rules
  }

  set(rules: readonly FaultRule[]): void {
    this.#rules = rules
  }

  /** Those that a request meets. @param route undefined: one that the server does not have */
  draw(route: RouteName | undefined): DrawnFaults {
    const drawn = this.#rules
      .filter((rule) => rule.route === 'all' || rule.route === route)
      .filter(({ rate = 1 }) => rate >= 1 || this.random() < rate)
      .map(({ fault }) => fault)
    return { find: (kind) => drawn.find((fault) => fault.kind === kind) as never }
  }
}

export interface DrawnFaults {
  find<K extends Fault['kind']>(kind: K): Extract<Fault, { kind: K }> | undefined
}
