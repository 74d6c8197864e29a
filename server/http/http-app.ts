/** An HTTP server as all of ours are: bounded, with errors as JSON `{code, message}`, and each request named for what it asks. */
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastify, { LogController } from 'fastify'
import type { Clock } from '../../src/chain/clock.ts'
import { HttpError } from './http-error.ts'
import type { HttpLimits } from './http-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request is for, from the widest name (a service) to the narrowest (its route); undefined: not a service of a chain. */
    routeNames: readonly string[] | undefined
  }
}

export interface HttpAppOptions {
  readonly limits: HttpLimits
  /** What the `Date` of answers is taken from. */
  readonly clock: Clock
  /** Default: nothing is logged. */
  readonly log?: FastifyBaseLogger
  /** @param path without the query */
  readonly routeNames: (path: string) => readonly string[] | undefined
  /** See Fastify's `rewriteUrl`. */
  readonly rewriteUrl?: (request: IncomingMessage) => string
}

/** How often connections are looked through for those that are too slow, in ms; Node's default is half a minute. */
const CHECK_INTERVAL = 1_000

/** ms that a connection is kept for a next request: some slots, so that who asks once a slot need not connect again. */
const KEEP_ALIVE = 60_000

/** Not listening yet, without routes. */
export function createHttpApp({ limits, clock, log, routeNames, rewriteUrl }: HttpAppOptions): FastifyInstance {
  const app = fastify({
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeout,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL, limits.headersTimeout),
    },
    requestTimeout: limits.requestTimeout,
    connectionTimeout: limits.idleTimeout,
    keepAliveTimeout: KEEP_ALIVE,
    bodyLimit: limits.requestBytes,
    routerOptions: { maxParamLength: limits.urlLength },
    // A request under way may end; a new one is refused by the closed port.
    return503OnClosing: false,
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    ...(rewriteUrl !== undefined && { rewriteUrl }),
    // One line per request costs more than many an answer; metrics count them.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, _, reply) => sendError(reply, error),
  })
  app.server.maxConnections = limits.connections
  app.decorateRequest('routeNames', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const url = request.raw.url ?? '/'
    request.routeNames = routeNames(pathOf(url))
    reply.raw.sendDate = false
    reply.header('date', new Date(clock.now()).toUTCString())
    const isLong = url.length > limits.urlLength
    done(isLong ? new HttpError(414, `the address is over ${limits.urlLength} long`) : undefined)
  })
  app.setErrorHandler(errorHandler(clock))
  app.setNotFoundHandler((_, reply) => sendError(reply, new HttpError(404, 'no such route')))
  return app
}

/** Of a request's target, without the query. */
export const pathOf = (url: string): string => url.split('?', 1)[0] ?? url

/** ms between two warnings of requests that were refused on purpose: a flood of them is one thing that happens. */
const REFUSAL_WARNING_INTERVAL = 1_000

/** What failed is told of each time, with its stack; what was refused, for now and then, with how often it was. */
function errorHandler(clock: Clock) {
  let [warnedAt, refused] = [-Infinity, 0]
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void => {
    const url = request.url.slice(0, 200)
    if (error instanceof HttpError && error.status === 503) {
      refused += 1
      if (clock.now() - warnedAt >= REFUSAL_WARNING_INTERVAL) {
        request.log.warn({ reason: error.message, url, requests: refused }, 'requests were refused')
        ;[warnedAt, refused] = [clock.now(), 0]
      }
    } else if (statusOf(error) >= 500) request.log.error({ err: error, url }, 'a request failed')
    sendError(reply, error)
  }
}

/** What broke here is nobody else's business: it is in the log. */
function sendError(reply: FastifyReply, error: FastifyError | Error): void {
  const status = statusOf(error)
  const message = status < 500 || error instanceof HttpError ? error.message : 'the server failed'
  if (status === 405) reply.header('allow', 'GET, HEAD, OPTIONS')
  // Bytes, so that the media type stays as it is said.
  void reply
    .code(status)
    .type('application/json')
    .send(Buffer.from(JSON.stringify({ code: status, message })))
}

function statusOf(error: FastifyError | Error): number {
  const status = error instanceof HttpError ? error.status : 'statusCode' in error ? error.statusCode : undefined
  return status !== undefined && status >= 400 && status <= 599 ? status : 500
}
