/**
 * A beacon API server on this machine, as far as light clients need one. It answers GET and HEAD, reads no request body,
 * and has no state that a request could change.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { ApiError } from './api-error.ts'
import type { BeaconSource } from './beacon-source.ts'
import { eventOf, sendComment, sendEvent, topicsFrom } from './event-stream.ts'
import type { DrawnFaults } from './faults.ts'
import { Faults } from './faults.ts'
import { encode, negotiate } from './reply.ts'
import type { RouteName } from './routes.ts'
import { findRoute } from './routes.ts'
import { sendBody, sendError, sendHtml } from './send.ts'

export interface BeaconApiOptions {
  readonly source: BeaconSource
  /** Of this machine; 0 picks one that is free. Default: 0. */
  readonly port?: number
  /** What the server takes the time from: the `Date` it says, its waits. Default: the machine's. */
  readonly clock?: Clock
  /** Default: none. */
  readonly faults?: Faults
  /** Whether it is a checkpointz instance too, which no beacon node is. Default: absent. */
  readonly checkpointz?: 'served' | 'absent'
}

export interface BeaconApiServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly faults: Faults
  /** Requests so far, by route. */
  readonly requests: ReadonlyMap<RouteName, number>
  /** Event streams that are open. */
  readonly eventClients: number
  /** Ends event streams and requests under way too. */
  close(): Promise<void>
}

/** A client opens a handful; this leaves room for dozens of them and keeps a runaway script bounded. */
const MAX_CONNECTIONS = 256

/** Event streams at a time; each is a connection that stays. */
const MAX_EVENT_CLIENTS = 64

/** Longest address, in characters: the longest that means something has a descriptor of 2,048 bytes as hex in it. */
const MAX_ADDRESS_LENGTH = 8192

/** Longest that a request's head may take to arrive, in ms. From the same machine it takes one. */
const REQUEST_TIMEOUT = 10_000

/** How often a quiet event stream gets a comment, in ms: proxies drop what is quiet for a minute, some for half of one. */
const KEEP_ALIVE_INTERVAL = 15_000

/** Serves once the promise is kept. */
export async function startBeaconApi(options: BeaconApiOptions): Promise<BeaconApiServer> {
  const { clock = systemClock, faults = new Faults() } = options
  const requests = new Map<RouteName, number>()
  const closers = new Set<() => void>()
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    // A failure after the status line is out can only cut the connection.
    respond(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else sendError(response, error instanceof ApiError ? error : undefined)
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    get eventClients() {
      return closers.size
    },
    close: () =>
      new Promise((resolve) => {
        for (const close of closers) close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.url ?? '/'
    const url = new URL(address.length > MAX_ADDRESS_LENGTH ? '/' : address, 'http://127.0.0.1')
    const found = findRoute(url.pathname)
    const drawn = faults.draw(found?.name)
    setCommonHeaders(response, drawn)
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end()
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD, OPTIONS')
      throw new ApiError(405, 'only GET, HEAD and OPTIONS')
    }
    if (address.length > MAX_ADDRESS_LENGTH) throw new ApiError(414, `the address is over ${MAX_ADDRESS_LENGTH} long`)
    if (found === undefined || (options.checkpointz !== 'served' && found.name.startsWith('checkpointz'))) {
      throw new ApiError(404, 'no such route')
    }
    requests.set(found.name, (requests.get(found.name) ?? 0) + 1)
    if ((await interfere(response, drawn)) === 'answered') return
    const source = drawn.find('otherSource')?.source ?? options.source
    if (found.kind === 'events') {
      if (request.method === 'HEAD') response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end()
      else serveEvents(response, source, url.searchParams, drawn)
      return
    }
    const reply = await found.route({ source, id: found.id, query: url.searchParams })
    const form = negotiate(request.headers.accept, reply)
    if (reply.version !== undefined) response.setHeader('Eth-Consensus-Version', reply.version)
    const { body, type } = encode(form, reply)
    sendBody(response, { body, type, isHead: request.method === 'HEAD' }, drawn)
  }

  function setCommonHeaders(response: ServerResponse, drawn: DrawnFaults): void {
    response.sendDate = false
    response.setHeader('Date', new Date(clock.now()).toUTCString())
    response.setHeader('Cache-Control', 'no-store')
    if (drawn.find('noCors') !== undefined) return
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, OPTIONS')
    response.setHeader('Access-Control-Allow-Headers', 'Accept, Cache-Control')
    response.setHeader('Access-Control-Expose-Headers', 'Eth-Consensus-Version, Date, Retry-After')
  }

  /** Faults that come before the answer, or in its place. */
  async function interfere(response: ServerResponse, drawn: DrawnFaults): Promise<'answered' | 'goesOn'> {
    if (drawn.find('stall') !== undefined) return 'answered'
    const delay = drawn.find('delay')
    if (delay !== undefined) await wait(response, delay.ms)
    const status = drawn.find('status')
    if (status !== undefined) {
      if (status.retryAfterSeconds !== undefined) response.setHeader('Retry-After', status.retryAfterSeconds)
      sendError(response, undefined, status.status)
      return 'answered'
    }
    const html = drawn.find('html')
    if (html === undefined) return 'goesOn'
    sendHtml(response, html.status ?? 200)
    return 'answered'
  }

  /** Ends early where the client goes. */
  function wait(response: ServerResponse, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve)
      response.once('close', () => {
        cancel()
        resolve()
      })
    })
  }

  function serveEvents(
    response: ServerResponse,
    source: BeaconSource,
    query: URLSearchParams,
    drawn: DrawnFaults,
  ): void {
    const topics = topicsFrom(query)
    if (closers.size >= MAX_EVENT_CLIENTS)
      throw new ApiError(503, `${MAX_EVENT_CLIENTS} event streams are open already`)
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    sendComment(response)
    const [garbage, closing] = [drawn.find('garbage'), drawn.find('closeEvents')]
    let sent = 0
    const stopListening = source.listen((news) => {
      const { topic, data } = eventOf(source.network, news)
      if (!topics.has(topic)) return
      sendEvent(response, topic, garbage?.text ?? data)
      sent += 1
      if (closing !== undefined && sent >= closing.after) response.end()
    })
    let cancelKeepAlive = clock.after(KEEP_ALIVE_INTERVAL, function keepAlive() {
      sendComment(response)
      cancelKeepAlive = clock.after(KEEP_ALIVE_INTERVAL, keepAlive)
    })
    const end = (): void => {
      closers.delete(close)
      stopListening()
      cancelKeepAlive()
    }
    const close = (): void => void response.destroy()
    closers.add(close)
    response.once('close', end)
  }
}
