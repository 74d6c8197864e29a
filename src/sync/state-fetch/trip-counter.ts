/** Counts what a block's fetching costs, and how often everything waited on the network. */
import { RequestTrace, type RequestName } from './request-trace.ts'

/** All of it grows. */
export interface FetchCosts {
  /** Moments when everything waited on the network: the longest chain of requests of which each began after one before had ended. */
  readonly roundTrips: number
  readonly requests: number
  /** Of contents, as they came, useless ones too; without what encodings add. */
  readonly bytes: number
  /** Trie nodes, each as often as it came. */
  readonly nodesFetched: number
  readonly codesFetched: number
  /** ms in which at least one request was under way. */
  readonly networkMs: number
  /** Nodes and codes that came, by what was asked. */
  readonly bySource: Readonly<Record<string, SourceCosts>>
}

export interface SourceCosts {
  readonly requests: number
  readonly nodes: number
  readonly codes: number
  readonly bytes: number
}

export interface Received {
  readonly bytes: number
  readonly nodes: number
  readonly codes: number
}

export const NOTHING_RECEIVED: Received = { bytes: 0, nodes: 0, codes: 0 }

/** Always: what has begun ends once; requests that overlap are one trip; there are as many names as the selector has servers. */
export class TripCounter {
  /** When its requests were under way. */
  readonly trace = new RequestTrace()
  #trips = 0
  /** Trips that were over when the newest finished. */
  #over = 0
  #underWay = 0
  #busySince = 0
  #networkMs = 0
  #requests = 0
  readonly #sources = new Map<string, Counted>()
  readonly #servers = new Map<string, number>()

  /** @param now ms, by any clock that does not jump */
  constructor(private readonly now: () => number) {}

  /** A request goes out. @returns to be called when it is over, with what came */
  begin(request: RequestName): (received: Received) => void {
    const trip = this.#over + 1
    const now = this.now()
    this.#trips = Math.max(this.#trips, trip)
    if (this.#underWay === 0) this.#busySince = now
    this.#underWay += 1
    this.#requests += 1
    const traced = this.trace.begin(request, trip, now)
    const costs = this.#costsOf(request.kind)
    costs.requests += 1
    return ({ bytes, nodes, codes }) => {
      this.#over = Math.max(this.#over, trip)
      if (bytes > 0) this.#servers.set(request.server, (this.#servers.get(request.server) ?? 0) + bytes)
      traced(this.now(), bytes)
      this.#underWay -= 1
      if (this.#underWay === 0) this.#networkMs += this.now() - this.#busySince
      costs.bytes += bytes
      costs.nodes += nodes
      costs.codes += codes
    }
  }

  /** Bytes that each server gave, by its name; those that gave any. */
  bytesByServer(): ReadonlyMap<string, number> {
    return new Map(this.#servers)
  }

  costs(): FetchCosts {
    const sources = [...this.#sources.values()]
    const sum = (of: (costs: SourceCosts) => number): number => sources.reduce((total, one) => total + of(one), 0)
    return {
      roundTrips: this.#trips,
      requests: this.#requests,
      bytes: sum(({ bytes }) => bytes),
      nodesFetched: sum(({ nodes }) => nodes),
      codesFetched: sum(({ codes }) => codes),
      networkMs: this.#networkMs + (this.#underWay > 0 ? this.now() - this.#busySince : 0),
      bySource: Object.fromEntries([...this.#sources].map(([name, costs]) => [name, { ...costs }])),
    }
  }

  #costsOf(source: string): Counted {
    const known = this.#sources.get(source)
    if (known !== undefined) return known
    const costs: Counted = { requests: 0, nodes: 0, codes: 0, bytes: 0 }
    this.#sources.set(source, costs)
    return costs
  }
}

type Counted = { -readonly [N in keyof SourceCosts]: SourceCosts[N] }
