/**
 * The beacon API on an HTTP server, as far as light clients need one. It answers GET and HEAD, reads no request body, and
 * has no state that a request could change.
 */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { setCors } from '../http/cors.ts'
import { pathOf } from '../http/http-app.ts'
import { HttpError } from '../http/http-error.ts'
import { UnavailableError } from '../execution/execution-source.ts'
import type { BeaconSource } from './beacon-source.ts'
import type { EventStreams } from './event-streams.ts'
import { encode, negotiate } from './reply.ts'
import { findRoute } from './route-names.ts'
import { ROUTES } from './routes.ts'

export interface BeaconRoutesOptions {
  readonly source: BeaconSource
  readonly events: EventStreams
  /** Whether it is a checkpointz instance too, which no beacon node is. */
  readonly checkpointz: 'served' | 'absent'
}

const METHODS = 'GET, HEAD, OPTIONS'

/** For the `onRequest` hook, before faults: pages of all origins may read every answer, refusals included. */
export function setBeaconHeaders(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store')
  const exposed = 'Eth-Consensus-Version, Date, Retry-After'
  setCors(reply, { methods: METHODS, headers: 'Accept, Cache-Control', exposed })
}

/** A Fastify plugin: the API's paths, methods other than its own refused. */
export function beaconApiRoutes(app: FastifyInstance, options: BeaconRoutesOptions, done: () => void): void {
  app.addHook('onRequest', (request, reply, next) => {
    // Before a body is looked at: the API has none.
    if (request.method === 'OPTIONS') {
      void reply.code(204).send()
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply.header('allow', METHODS)
      next(new HttpError(405, `only ${METHODS}`))
    } else next()
  })
  for (const path of ['/eth/*', '/checkpointz/*']) {
    app.all(path, { exposeHeadRoute: false }, (request, reply) => answer(request, reply, options))
  }
  done()
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { source: usual, events, checkpointz }: BeaconRoutesOptions,
): Promise<FastifyReply> {
  const url = request.raw.url ?? '/'
  const path = pathOf(url)
  const found = findRoute(path)
  if (found === undefined || (checkpointz !== 'served' && found.name.startsWith('checkpointz'))) {
    throw new HttpError(404, 'no such route')
  }
  const source = request.faults.take('otherSource')?.source ?? usual
  const query = new URLSearchParams(url.slice(path.length))
  const { name, id } = found
  if (name === 'events') return answerEvents(request, reply, source, query, events)
  const answered = await orUnavailable(() => ROUTES[name]({ source, id, query }))
  const form = negotiate(request.headers.accept, answered)
  if (answered.version !== undefined) reply.header('eth-consensus-version', answered.version)
  const { body, type } = await orUnavailable(() => encode(form, answered))
  return reply.type(type).send(body)
}

/** What a source cannot know now is no absence. */
async function orUnavailable<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof UnavailableError) throw new HttpError(503, error.message)
    throw error
  }
}

function answerEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  source: BeaconSource,
  query: URLSearchParams,
  events: EventStreams,
): FastifyReply {
  const asked = { source, query, faults: request.faults, client: request.ip }
  const topics = events.admit(asked)
  reply.type('text/event-stream')
  if (request.method === 'HEAD') return reply.send()
  reply.hijack()
  if (request.faults.take('disconnect') !== undefined) {
    reply.raw.destroy()
    return reply
  }
  reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders)
  events.open(reply.raw, topics, asked)
  return reply
}
