/** What a server does wrong, as data: for tests of clients, and for whoever wants to see how a client takes it. */
import type { BeaconSource } from '../beacon-api/beacon-source.ts'

export type Fault =
  /** Answers with this status and an error body. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Answers with a page, as proxies and captive portals do. Default status: 200. */
  | { readonly kind: 'html'; readonly status?: number }
  /** Answers that much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never answers; the client has to give up. */
  | { readonly kind: 'stall' }
  /** Does what is asked and closes the connection without an answer. */
  | { readonly kind: 'disconnect' }
  /** Announces the whole body and ends the connection after some bytes of it. Default: half of them. */
  | { readonly kind: 'cut'; readonly bytes?: number }
  /** Sends the body so slowly. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
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
  /**
   * Serves another view of the beacon chain: another branch, another chain, or the same as of some slots ago. An older one
   * holds for execution too, whose head is that of the view's head.
   */
  | { readonly kind: 'otherSource'; readonly source: BeaconSource; readonly view?: 'older' }
  /** Leaves trie nodes, codes and entries of proofs out of what an execution node gives. */
  | { readonly kind: 'missingEntries' }
  /** Puts others in the place of trie nodes: well-formed, and not what their hash says. */
  | { readonly kind: 'forgedProof' }

export type FaultKind = Fault['kind']
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>

export interface FaultRule {
  /** One of the names by which a request is known: a service or one of its routes. */
  readonly route: string
  readonly fault: Fault
  /** Share of the requests it concerns, from 0 to 1. Default: all. */
  readonly rate?: number
  /** What it is noted as. Default: the fault's kind. */
  readonly name?: string
}

/** A fault that a request has met. */
export interface InjectedFault {
  /** ms since 1970. */
  readonly at: number
  /** The rule's name, else the fault's kind. */
  readonly kind: string
  /** The narrowest name of the request's route. */
  readonly route: string
  /** Of the request, as in the server's log. */
  readonly request: string
}

/** A request, as far as faults go. */
export interface FaultedRequest {
  readonly id: string
  /** From the widest to the narrowest; none for a route that the server does not have. */
  readonly names: readonly string[]
}

export interface DrawnFaults {
  /** Whether the request meets one of these kinds; notes nothing. */
  has(...kinds: readonly FaultKind[]): boolean
  /**
   * The fault of that kind, where the request meets one. Whoever takes it applies it: it is noted as injected.
   * @param isMeant default: any is
   */
  take<K extends FaultKind>(kind: K, isMeant?: (fault: FaultOf<K>) => boolean): FaultOf<K> | undefined
}

export interface FaultSettings {
  /** From 0 to 1; seeded where runs should repeat. Default: `Math.random`. */
  readonly random?: () => number
  /** ms since 1970, for what is noted. */
  readonly now?: () => number
  /** Told of each fault as it is injected. */
  readonly onInjected?: (injected: InjectedFault) => void
}

/** Injected faults that are remembered: a test that runs into more looks at the newest, or asks more often. */
const MAX_INJECTED = 1_000

/** Draws nothing: for requests that faults do not concern. */
export const NO_FAULTS: DrawnFaults = { has: () => false, take: () => undefined }

/** The faults in force; rules may be replaced at any time, and hold from the next request on. */
export class Faults {
  #rules: readonly FaultRule[] = []
  #injected: InjectedFault[] = []
  #count = 0

  constructor(private readonly settings: FaultSettings = {}) {}

  get rules(): readonly FaultRule[] {
    return this.#rules
  }

  /** The newest {@link MAX_INJECTED}, oldest first. */
  get injected(): readonly InjectedFault[] {
    return this.#injected.slice(-MAX_INJECTED)
  }

  /** Of all that were ever injected. */
  get injectedCount(): number {
    return this.#count
  }

  set(rules: readonly FaultRule[]): void {
    this.#rules = rules
  }

  /** Those that a request meets. */
  draw(request: FaultedRequest): DrawnFaults {
    const { random = Math.random } = this.settings
    const drawn = this.#rules
      .filter(({ route }) => route === 'all' || request.names.includes(route))
      .filter(({ rate = 1 }) => rate >= 1 || random() < rate)
    if (drawn.length === 0) return NO_FAULTS
    const noted = new Set<FaultKind>()
    return {
      has: (...kinds) => drawn.some(({ fault }) => kinds.includes(fault.kind)),
      take: <K extends FaultKind>(kind: K, isMeant: (fault: FaultOf<K>) => boolean = () => true) => {
        const rule = drawn.find(({ fault }) => fault.kind === kind && isMeant(fault as FaultOf<K>))
        if (rule !== undefined && !noted.has(kind)) this.note(request, rule.name ?? kind)
        noted.add(kind)
        return rule?.fault as never
      },
    }
  }

  /** Keeps in mind what was injected elsewhere. */
  note({ id, names }: FaultedRequest, kind: string): void {
    const { now = Date.now, onInjected } = this.settings
    const injected = { at: now(), kind, route: names.at(-1) ?? 'all', request: id }
    this.#count += 1
    this.#injected.push(injected)
    // Half at a time, so that dropping costs nothing per request.
    if (this.#injected.length > MAX_INJECTED * 2) this.#injected = this.#injected.slice(-MAX_INJECTED)
    onInjected?.(injected)
  }
}
