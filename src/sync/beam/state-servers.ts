/** The servers that state is had from: each URL is tried until it turns out what it is, and told to the selector. */
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import {
  hasStateService,
  probeStateServer,
  type OpenPart,
  type ProbedServer,
  type ProbeTools,
} from '../state-fetch/probe-server.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import { joinedServer, type StateServer } from '../state-fetch/state-server.ts'

/** ms that finding out may take: some ten small requests in two round trips, to servers that may be asleep. */
const PROBE_LIMIT_MS = 15_000

/** ms until a server that could not be told is tried again, doubled each time: it may be starting, or be gone for good. */
const RETRY_MIN_MS = 1_000
const RETRY_MAX_MS = 60_000

/**
 * Tries until what answers as an execution client is taken for nothing more, a minute in all: most are none, and refuse what
 * a gateway would answer in as many ways as there are. A gateway whose JSON-RPC fails is tried for as long as it is used.
 */
const MAX_SERVICE_TRIES = 6

export type StateServerStatus =
  | { readonly url: string; readonly state: 'probing' }
  | {
      readonly url: string
      readonly state: 'ready'
      readonly kind: 'gateway' | 'execution'
      readonly offers: readonly string[]
      /** What it failed with, or answered falsely, most recently. */
      readonly lastError: string | undefined
      /** ms since 1970 since when it has refused all that was asked, as too much; undefined where it does not. */
      readonly busySince: number | undefined
    }
  | { readonly url: string; readonly state: 'failed'; readonly reason: string }

export interface StateServersOptions {
  readonly urls: readonly string[]
  readonly probe: Omit<ProbeTools, 'signal'>
  readonly selector: ServerSelector
  readonly clock: Clock
  /** A server's status is another; must not throw. */
  readonly onChange: () => void
}

/** Always: one try of a server at a time; after {@link close} none begins. */
export class StateServers {
  private readonly all: Map<string, FoundServer>
  private readonly abort = new AbortController()
  private readonly waits = new Set<() => void>()

  constructor(private readonly options: StateServersOptions) {
    this.all = new Map(options.urls.map((url) => [url, { url, state: 'probing' }]))
    for (const url of this.all.keys()) void this.find(url)
  }

  statuses(): StateServerStatus[] {
    const views = new Map(this.options.selector.views().map((view) => [view.name, view]))
    return Array.from(this.all.values(), (found) => {
      if (found.state !== 'ready') return found
      const { name, ...status } = found
      const { lastError, busySince } = views.get(name) ?? {}
      return { ...status, lastError: lastError?.message, busySince }
    })
  }

  close(): void {
    this.abort.abort()
    for (const cancel of this.waits) cancel()
  }

  private async find(url: string, retryMs = RETRY_MIN_MS): Promise<void> {
    try {
      const { server, kind, open } = await this.probe(url)
      if (this.abort.signal.aborted) return
      const grown = new GrownServer(server)
      this.options.selector.add(grown)
      this.ready(url, kind, grown)
      if (open !== undefined) this.completeLater({ url, grown, part: open.part, tries: 1, retryMs: RETRY_MIN_MS })
    } catch (error) {
      if (this.abort.signal.aborted) return
      this.tell({ url, state: 'failed', reason: messageOf(error) })
      this.later(retryMs, () => void this.find(url, doubled(retryMs)))
    }
  }

  /** What is had of the server meanwhile is used. */
  private completeLater(incomplete: Incomplete): void {
    const { part, tries, retryMs } = incomplete
    if (part === 'state service' && tries >= MAX_SERVICE_TRIES) return
    this.later(retryMs, () => void this.complete({ ...incomplete, tries: tries + 1, retryMs: doubled(retryMs) }))
  }

  private async complete(incomplete: Incomplete): Promise<void> {
    const { url, grown, part } = incomplete
    if (part === 'state service') {
      // Most have none, and all else is known of them: nothing else is asked.
      const isThere = await this.inTime((tools) => hasStateService(url, tools))
      if (this.abort.signal.aborted || isThere === false) return
      if (isThere === undefined) return this.completeLater(incomplete)
    }
    const probed = await this.probe(url).catch(() => undefined)
    if (this.abort.signal.aborted) return
    // What fails as a whole now was known in part before: that it is silent, requests find out themselves.
    if (probed === undefined) return this.completeLater(incomplete)
    grown.add(probed.server)
    this.ready(url, probed.kind, grown)
    if (probed.open !== undefined) this.completeLater({ ...incomplete, part: probed.open.part })
  }

  private probe(url: string): Promise<ProbedServer> {
    return this.inTime((tools) => probeStateServer(url, tools))
  }

  private async inTime<T>(ask: (tools: ProbeTools) => Promise<T>): Promise<T> {
    const { probe, clock } = this.options
    const limit = new AbortController()
    const cancel = clock.after(PROBE_LIMIT_MS, () =>
      limit.abort(new Error(`it is silent for ${PROBE_LIMIT_MS / 1000} s`)),
    )
    const signal = AbortSignal.any([this.abort.signal, limit.signal])
    try {
      return await ask({ ...probe, signal })
    } finally {
      cancel()
    }
  }

  private ready(url: string, kind: ProbedServer['kind'], server: StateServer): void {
    this.tell({ url, state: 'ready', name: server.name, kind, offers: Object.keys(server.answers) })
  }

  private later(ms: number, run: () => void): void {
    const cancel = this.options.clock.after(ms, () => {
      this.waits.delete(cancel)
      run()
    })
    this.waits.add(cancel)
  }

  private tell(status: FoundServer): void {
    this.all.set(status.url, status)
    this.options.onChange()
  }
}

/** A server of which a part could not be found out. */
interface Incomplete {
  readonly url: string
  readonly grown: GrownServer
  readonly part: OpenPart['part']
  readonly tries: number
  /** Until the next try. */
  readonly retryMs: number
}

/** One server to the selector, with what was learned of it, whatever turns out to be there later. */
class GrownServer implements StateServer {
  private all: StateServer

  constructor(first: StateServer) {
    this.all = first
  }

  get name(): string {
    return this.all.name
  }

  get answers(): StateServer['answers'] {
    return this.all.answers
  }

  get windows(): StateServer['windows'] {
    return this.all.windows
  }

  /** What is new counts for what it can do, too; what failed this time is still there. */
  add(found: StateServer): void {
    this.all = joinedServer(this.name, [found, this.all])
  }
}

const doubled = (ms: number): number => Math.min(2 * ms, RETRY_MAX_MS)

/** What trying a server has come to. */
type FoundServer =
  | Exclude<StateServerStatus, { readonly state: 'ready' }>
  | (Omit<Extract<StateServerStatus, { readonly state: 'ready' }>, 'lastError' | 'busySince'> & {
      /** As the selector calls it. */
      readonly name: string
    })
