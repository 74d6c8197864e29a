/** The event streams that are open: each a connection that stays, so that there is a bound for all and for one client. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/chain/clock.ts'
import type { DrawnFaults } from '../faults/faults.ts'
import { HttpError } from '../http/http-error.ts'
import type { BeaconSource } from './beacon-source.ts'
import { eventOf, sendComment, sendEvent, topicsFrom } from './event-stream.ts'

/** Event streams of one client: dozens of tabs have one or two each. */
const MAX_OF_CLIENT = 64

/** Of all clients; what waits for all of them together stays below 64 MB. */
const MAX_OF_ALL = 256

/** How often a quiet event stream gets a comment, in ms: proxies drop what is quiet for a minute, some for half of one. */
const KEEP_ALIVE_INTERVAL = 15_000

export interface EventRequest {
  readonly source: BeaconSource
  readonly query: URLSearchParams
  readonly faults: DrawnFaults
  /** Its address. */
  readonly client: string
}

export class EventStreams {
  readonly #open = new Map<ServerResponse, string>()

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#open.size
  }

  /**
   * What a stream is to tell. Nothing was sent yet.
   * @throws {HttpError} 400 for topics that are not known, 503 where there are too many streams
   */
  admit({ query, client }: EventRequest): ReadonlySet<string> {
    const topics = topicsFrom(query)
    const ofClient = [...this.#open.values()].filter((one) => one === client).length
    const most = ofClient >= MAX_OF_CLIENT ? MAX_OF_CLIENT : MAX_OF_ALL
    if (ofClient < MAX_OF_CLIENT && this.size < MAX_OF_ALL) return topics
    throw new HttpError(503, `${most} event streams are open already`)
  }

  /** Tells until the client goes. Headers are out. */
  open(response: ServerResponse, topics: ReadonlySet<string>, { source, faults, client }: EventRequest): void {
    const { clock } = this
    sendComment(response)
    const [garbage, closing] = [faults.take('garbage'), faults.take('closeEvents')]
    let sent = 0
    const stopListening = source.listen((news) => {
      const { topic, data } = eventOf(source.network, news)
      if (!topics.has(topic)) return
      sendEvent(response, topic, garbage?.text ?? data)
      sent += 1
      if (closing === undefined || sent < closing.after) return
      stopTelling()
      response.end()
    })
    let cancelKeepAlive = clock.after(KEEP_ALIVE_INTERVAL, function keepAlive() {
      sendComment(response)
      cancelKeepAlive = clock.after(KEEP_ALIVE_INTERVAL, keepAlive)
    })
    const stopTelling = () => {
      stopListening()
      cancelKeepAlive()
    }
    this.#open.set(response, client)
    response.once('close', () => {
      this.#open.delete(response)
      stopTelling()
    })
    // A connection that breaks while it is written to: its 'close' follows.
    response.on('error', () => undefined)
  }

  /** They would outlast every wait: a client connects again, elsewhere. */
  closeAll(): void {
    for (const response of this.#open.keys()) response.destroy()
  }
}
