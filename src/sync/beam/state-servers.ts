/** The servers that state is had from: each URL is tried until it turns out what it is, and told to the selector. */
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import { probeStateServer, type ProbeTools } from '../state-fetch/probe-server.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'

/** ms that finding out may take: some ten small requests in two round trips, to servers that may be asleep. */
const PROBE_LIMIT_MS = 15_000

/** ms until a server that could not be told is tried again, doubled each time: it may be starting, or be gone for good. */
const RETRY_MIN_MS = 1_000
const RETRY_MAX_MS = 60_000

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
    for (const url of this.all.keys()) void this.find(url, RETRY_MIN_MS)
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

  private async find(url: string, retryMs: number): Promise<void> {
    const { probe, selector, clock } = this.options
    const limit = new AbortController()
    const cancel = clock.after(PROBE_LIMIT_MS, () =>
      limit.abort(new Error(`it is silent for ${PROBE_LIMIT_MS / 1000} s`)),
    )
    const signal = AbortSignal.any([this.abort.signal, limit.signal])
    try {
      const { kind, server } = await probeStateServer(url, { ...probe, signal })
      if (this.abort.signal.aborted) return
      selector.add(server)
      this.tell({ url, state: 'ready', name: server.name, kind, offers: Object.keys(server.answers) })
    } catch (error) {
      if (this.abort.signal.aborted) return
      this.tell({ url, state: 'failed', reason: messageOf(error) })
      this.later(retryMs, () => void this.find(url, Math.min(2 * retryMs, RETRY_MAX_MS)))
    } finally {
      cancel()
    }
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

/** What trying a server has come to. */
type FoundServer =
  | Exclude<StateServerStatus, { readonly state: 'ready' }>
  | (Omit<Extract<StateServerStatus, { readonly state: 'ready' }>, 'lastError' | 'busySince'> & {
      /** As the selector calls it. */
      readonly name: string
    })
