/** The limits of one client onto the requests and connections of the gateway. */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../../src/chain/clock.ts'
import type { FairTurns } from '../../http/fair-turns.ts'
import { HttpError } from '../../http/http-error.ts'
import { ClientLimits } from './client-limits.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import { HeldBytes } from './held-bytes.ts'

export interface OpenConnections {
  readonly count: number
  /** Ends them all, WebSockets too. */
  destroy(): void
}

/** To be added before anything that costs something. */
export function addLimitHooks(
  app: FastifyInstance,
  { limits, clock, turns }: { readonly limits: GatewayLimits; readonly clock: Clock; readonly turns: FairTurns },
): OpenConnections {
  const clients = new ClientLimits(clock, limits)
  const bodies = new HeldBytes(limits.bodyBytesPerClient)
  const answers = new HeldBytes(limits.answerBytesPerClient)
  const open = openConnections(app, limits.connectionsPerClient)
  app.addHook('onRequest', (request, reply, done) => {
    const { ip: client } = request
    // Event streams and WebSockets stay: they have bounds of their own.
    const stays = request.routeNames?.includes('events') === true || request.raw.headers.upgrade !== undefined
    const admission = clients.admit(client, stays ? 'no place' : 'place')
    if (admission.kind === 'refused') {
      reply.header('retry-after', admission.retryAfterSeconds)
      done(new HttpError(429, `${client} asks too much: ${admission.why}`))
      return
    }
    if (!stays) reply.raw.once('close', () => clients.end(client))
    const body = announcedBytes(request, limits)
    if (!bodies.take(client, body)) {
      reply.header('retry-after', 1)
      done(new HttpError(429, `${client} sends too much at a time: over ${limits.bodyBytesPerClient} bytes`))
      return
    }
    reply.raw.once('close', () => bodies.release(client, body))
    done()
  })
  // What is worked on is asked for by now, whole.
  app.addHook('preHandler', (request, _, done) => void turns.next(request.ip).then(() => done()))
  app.addHook('onSend', (request, reply, payload, done) => {
    const bytes =
      typeof payload === 'string' ? Buffer.byteLength(payload) : Buffer.isBuffer(payload) ? payload.length : 0
    if (bytes <= limits.responseBytes) {
      if (answers.take(request.ip, bytes)) {
        reply.raw.once('close', () => answers.release(request.ip, bytes))
        done(null, payload)
      } else {
        reply.header('retry-after', 1)
        done(new HttpError(429, `${request.ip} has over ${limits.answerBytesPerClient} bytes of answers to read`))
      }
      return
    }
    request.log.warn({ bytes, names: request.routeNames }, 'an answer is larger than the limit')
    done(new HttpError(500, `the answer has ${bytes} bytes, at most ${limits.responseBytes} are sent`))
  })
  return open
}

/** Of a request's body; without a length it may become as long as any. */
function announcedBytes({ raw: { headers } }: FastifyRequest, { requestBytes }: GatewayLimits): number {
  const length = headers['content-length']
  if (length === undefined) return headers['transfer-encoding'] === undefined ? 0 : requestBytes
  // What is announced longer than that is refused before it is read.
  return Math.min(Number(length) || 0, requestBytes)
}

function openConnections(app: FastifyInstance, perClient: number): OpenConnections {
  const sockets = new Set<Socket>()
  const counts = new Map<string, number>()
  app.server.on('connection', (socket) => {
    const client = socket.remoteAddress ?? ''
    const count = counts.get(client) ?? 0
    if (count >= perClient) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    counts.set(client, count + 1)
    socket.once('close', () => {
      sockets.delete(socket)
      const left = (counts.get(client) ?? 1) - 1
      if (left > 0) counts.set(client, left)
      else counts.delete(client)
    })
  })
  return {
    get count() {
      return sockets.size
    },
    destroy: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
