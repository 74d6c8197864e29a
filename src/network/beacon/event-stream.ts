/** One connection to a beacon node's event stream, from opening to its end. */
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { DeadlineError } from '../http/bounded-signal.ts'
import { EventStreamParser, EventTooLongError } from '../http/event-stream-parser.ts'
import type { HttpAnswer, HttpEndpoint, OpenAnswer } from '../http/http-endpoint.ts'
import { mediaType } from '../http/media-type.ts'
import { refusalOf } from '../http/refusal.ts'
import type { RequestError } from '../request-server.ts'
import { readBeaconEvent, type BeaconEvent, type EventTopic } from './beacon-event.ts'
import { asRequestError } from './outcome.ts'
import { EVENT_BYTES_PER_SLOT, EVENT_MAX, MALFORMED_EVENTS_MAX, STALL_MIN_MS, STALL_SLOTS } from './constants.ts'

export interface EventStreamOptions {
  readonly network: Network
  readonly endpoint: HttpEndpoint
  readonly topics: readonly EventTopic[]
  readonly onOpen: () => void
  readonly onEvent: (event: BeaconEvent) => void
  /** An event could not be read; the stream goes on. */
  readonly onMalformed: (error: RequestError) => void
}

export type StreamEnd = {
  /** ms after which the server wishes to be connected to again, if it said so. */
  readonly retryMs: number | undefined
} & (
  | { readonly kind: 'closed' }
  /** It does not know all of these topics. */
  | { readonly kind: 'badTopics'; readonly error: RequestError }
  /** It has no event stream. */
  | { readonly kind: 'missing'; readonly error: RequestError }
  /** No connection, or one that stalled or brought too much: see the error's fault. */
  | { readonly kind: 'failed'; readonly error: RequestError }
)

/** Reads events until the stream ends or the signal aborts, which is a failure too. Closes the connection. */
export async function readEventStream(options: EventStreamOptions, signal: AbortSignal): Promise<StreamEnd> {
  const { endpoint, topics } = options
  // One by one: Lodestar 1.5.1 takes a list with commas for one unknown topic, and keeps silent for ever.
  const request = { path: '/eth/v1/events', query: { topics }, accept: 'text/event-stream' }
  const stall = new StallGuard(options, signal)
  const parser = new EventStreamParser(EVENT_MAX)
  try {
    const answer = await endpoint.open(request, stall.signal)
    if (!('chunks' in answer)) return refused(answer, endpoint.transport.clock.now())
    if (mediaType(answer.headers) !== 'text/event-stream') {
      const type = mediaType(answer.headers)
      const error = answer.failure(
        { code: 'unreachable' },
        `no event stream came, but ${type === '' ? 'no type' : type}`,
      )
      answer.close()
      return { kind: 'missing', error, retryMs: undefined }
    }
    options.onOpen()
    await readEvents(options, answer, parser, stall)
    return { kind: 'closed', retryMs: parser.retryMs }
  } catch (error) {
    return { kind: 'failed', error: asRequestError(error, endpoint.url.name), retryMs: parser.retryMs }
  } finally {
    stall.end()
  }
}

async function readEvents(
  { network, endpoint, onEvent, onMalformed }: EventStreamOptions,
  { chunks, failure }: OpenAnswer,
  parser: EventStreamParser,
  stall: StallGuard,
): Promise<void> {
  const flood = new FloodGuard(endpoint.transport.clock, network.slotSeconds * 1_000)
  let malformed = 0
  stall.heard()
  for await (const chunk of chunks) {
    stall.heard()
    if (flood.isTooMuch(chunk.length)) {
      throw failure({ code: 'malformed' }, `more than ${EVENT_BYTES_PER_SLOT} bytes came in one slot`)
    }
    for (const event of parseChunk(parser, chunk, failure)) {
      try {
        onEvent(readBeaconEvent(network, event))
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        onMalformed(failure({ code: 'malformed' }, `event ${event.event}: ${error.message}`, { cause: error }))
        malformed += 1
        if (malformed > MALFORMED_EVENTS_MAX) {
          throw failure({ code: 'malformed' }, `${malformed} events that cannot be read: ${error.message}`)
        }
      }
    }
  }
}

function parseChunk(parser: EventStreamParser, chunk: Uint8Array, failure: OpenAnswer['failure']) {
  try {
    return parser.push(chunk)
  } catch (error) {
    if (error instanceof EventTooLongError) throw failure({ code: 'malformed' }, error.message, { cause: error })
    throw error
  }
}

function refused(answer: HttpAnswer, now: number): StreamEnd {
  const error = refusalOf(answer, now)
  const end = { error, retryMs: undefined }
  if (answer.status === 400 || answer.status === 422) return { kind: 'badTopics', ...end }
  return error.fault.code === 'absent' ? { kind: 'missing', ...end } : { kind: 'failed', ...end }
}

/** A signal that aborts when nothing was heard for too long after the stream has opened. */
class StallGuard {
  readonly #controller = new AbortController()
  readonly #clock: Clock
  readonly #ms: number
  #cancel: () => void = () => undefined
  readonly #follow: () => void

  constructor(
    { network, endpoint }: EventStreamOptions,
    private readonly outer: AbortSignal,
  ) {
    this.#clock = endpoint.transport.clock
    this.#ms = Math.max(STALL_MIN_MS, STALL_SLOTS * network.slotSeconds * 1_000)
    this.#follow = () => this.#controller.abort(outer.reason)
    if (outer.aborted) this.#follow()
    else outer.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    this.#cancel()
    const stalled = () => this.#controller.abort(new DeadlineError(`nothing came for ${this.#ms / 1_000} s`))
    this.#cancel = this.#clock.after(this.#ms, stalled)
  }

  end(): void {
    this.#cancel()
    this.outer.removeEventListener('abort', this.#follow)
  }
}

class FloodGuard {
  #since: number
  #bytes = 0

  constructor(
    private readonly clock: Clock,
    private readonly windowMs: number,
  ) {
    this.#since = clock.now()
  }

  isTooMuch(bytes: number): boolean {
    const age = this.clock.now() - this.#since
    // The clock may have been set back.
    if (age >= this.windowMs || age < 0) {
      this.#since = this.clock.now()
      this.#bytes = 0
    }
    this.#bytes += bytes
    return this.#bytes > EVENT_BYTES_PER_SLOT
  }
}
