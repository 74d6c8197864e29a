/** Keeps a beacon node's event stream open: connects again after an end, with fewer topics where it does not know all. */
import type { Network } from '../../chain/network.ts'
import type { HttpEndpoint } from '../http/http-endpoint.ts'
import { pause } from '../pause.ts'
import type { RequestError } from '../request-server.ts'
import type { BeaconEvent, EventTopic } from './beacon-event.ts'
import { RECONNECT_MAX_MS, RECONNECT_MIN_MS, STREAM_RETRY_MS } from './constants.ts'
import { readEventStream, type StreamEnd } from './event-stream.ts'

export type EventFeedState =
  /** Nobody listens. */
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'streaming'; readonly topics: readonly EventTopic[] }
  /** No stream now, so updates are polled for; it is tried again. */
  | { readonly kind: 'polling'; readonly why: string }

export interface EventFeedOptions {
  readonly network: Network
  readonly endpoint: HttpEndpoint
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  /** A stream has opened: what came before is to be asked for. */
  readonly onOpen: () => void
  readonly onEvent: (event: BeaconEvent) => void
  /** The stream failed or brought what cannot be read. A server without a stream has no fault. */
  readonly onFault: (error: RequestError) => void
}

/** Tried in turn where a server refuses topics: without the one that only hastens a poll, as it will be, as old servers have it. */
const TOPICS: readonly (readonly EventTopic[])[] = [
  ['head', 'light_client_finality_update', 'light_client_optimistic_update', 'finalized_checkpoint'],
  ['head', 'light_client_finality_update', 'light_client_optimistic_update'],
  ['head_v2', 'light_client_finality_update', 'light_client_optimistic_update'],
  ['light_client_finality_update', 'light_client_optimistic_update'],
  ['head', 'finalized_checkpoint'],
  ['head'],
]

/** Always: at most one connection is open; after {@link stop} none is, and nothing is called. */
export class EventFeed {
  #state: EventFeedState = { kind: 'off' }
  #abort: AbortController | undefined

  constructor(private readonly options: EventFeedOptions) {}

  get state(): EventFeedState {
    return this.#state
  }

  start(): void {
    if (this.#abort !== undefined) return
    this.#abort = new AbortController()
    this.#state = { kind: 'connecting' }
    void this.#run(this.#abort.signal)
  }

  stop(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#state = { kind: 'off' }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { endpoint, network, random } = this.options
    const { clock } = endpoint.transport
    let rung = 0
    let delay = RECONNECT_MIN_MS
    while (!signal.aborted) {
      const { end, lastedMs } = await this.#connect(TOPICS[rung] ?? [], signal)
      if (signal.aborted) return
      if (end.kind === 'badTopics' && rung + 1 < TOPICS.length) {
        rung += 1
        continue
      }
      this.#note(end)
      if (end.kind === 'missing' || end.kind === 'badTopics') {
        rung = 0
        await pause(clock, STREAM_RETRY_MS, signal)
        continue
      }
      if (lastedMs >= network.slotSeconds * 1_000) delay = RECONNECT_MIN_MS
      // Half to one and a half: after a server's restart its clients do not come all at once.
      await pause(clock, Math.max(delay, wishOf(end)) * (0.5 + random()), signal)
      delay = Math.min(RECONNECT_MAX_MS, 2 * delay)
    }
  }

  async #connect(
    topics: readonly EventTopic[],
    signal: AbortSignal,
  ): Promise<{ readonly end: StreamEnd; readonly lastedMs: number }> {
    const { endpoint, network, onOpen, onEvent, onFault } = this.options
    const { clock } = endpoint.transport
    let openedAt: number | undefined
    const options = {
      network,
      endpoint,
      topics,
      onOpen: () => {
        if (signal.aborted) return
        openedAt = clock.now()
        this.#state = { kind: 'streaming', topics }
        onOpen()
      },
      onEvent: (event: BeaconEvent) => {
        if (!signal.aborted) onEvent(event)
      },
      onMalformed: (error: RequestError) => {
        if (!signal.aborted) onFault(error)
      },
    }
    const end = await readEventStream(options, signal)
    return { end, lastedMs: openedAt === undefined ? 0 : clock.now() - openedAt }
  }

  #note(end: StreamEnd): void {
    if (end.kind === 'closed') {
      this.#state = { kind: 'polling', why: 'the server closed its event stream' }
      return
    }
    this.#state = { kind: 'polling', why: end.error.message }
    if (end.kind === 'failed') this.options.onFault(end.error)
  }
}

/** What the server asks for, within what we wait between attempts anyway; of one that is busy as long as it says. */
function wishOf(end: StreamEnd): number {
  if (end.kind === 'failed' && end.error.fault.code === 'busy') {
    return Math.min(STREAM_RETRY_MS, end.error.fault.retryAfterMs)
  }
  return Math.min(RECONNECT_MAX_MS, end.retryMs ?? 0)
}
