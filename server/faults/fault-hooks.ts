/** Faults onto the requests of an HTTP server: those that come before an answer, those in its place, and those of its body. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../../src/chain/clock.ts'
import { CORS_HEADERS } from '../http/cors.ts'
import type { DrawnFaults, Faults } from './faults.ts'
import { NO_FAULTS } from './faults.ts'
import { htmlPage, sendFaulty } from './send-faulty.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request meets; handlers take from it what concerns the meaning of an answer. */
    faults: DrawnFaults
  }
}

export interface FaultHookOptions {
  readonly faults: Faults
  readonly clock: Clock
}

/** To be added after the hooks that refuse requests and set common headers. Routes without a name meet no faults. */
export function addFaultHooks(app: FastifyInstance, { faults, clock }: FaultHookOptions): void {
  app.decorateRequest('faults', undefined as unknown as DrawnFaults)
  app.addHook('onRequest', (request, reply, done) => {
    const names = request.routeNames
    const drawn = names === undefined ? NO_FAULTS : faults.draw({ id: request.id, names })
    request.faults = drawn
    if (drawn.take('noCors') !== undefined) for (const name of CORS_HEADERS) reply.removeHeader(name)
    if (request.method === 'OPTIONS') done()
    else interfere(reply, drawn, done)
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const drawn = request.faults ?? NO_FAULTS
    if (drawn.take('disconnect') !== undefined) {
      reply.hijack()
      reply.raw.destroy()
      return
    }
    const isWhole = typeof payload === 'string' || Buffer.isBuffer(payload)
    if (!isWhole || request.method === 'HEAD' || !drawn.has('garbage', 'flipped', 'oversized', 'cut', 'drip')) {
      done(null, payload)
      return
    }
    reply.hijack()
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload
    const headers = reply.getHeaders() as OutgoingHttpHeaders
    sendFaulty(reply.raw, { status: reply.statusCode, headers, body }, drawn, clock)
  })

  /** Faults that come before the answer, or in its place. */
  function interfere(reply: FastifyReply, drawn: DrawnFaults, goOn: () => void): void {
    if (drawn.take('stall') !== undefined) {
      reply.hijack()
      return
    }
    const answer = (): void => {
      const status = drawn.take('status')
      const html = status === undefined ? drawn.take('html') : undefined
      if (status !== undefined) {
        if (status.retryAfterSeconds !== undefined) reply.header('retry-after', status.retryAfterSeconds)
        const body = JSON.stringify({ code: status.status, message: 'the server failed' })
        void reply.code(status.status).type('application/json').send(Buffer.from(body))
      } else if (html !== undefined) {
        void reply
          .code(html.status ?? 200)
          .type('text/html; charset=utf-8')
          .send(htmlPage())
      } else {
        goOn()
      }
    }
    const delay = drawn.take('delay')
    if (delay === undefined) answer()
    else waitOrGone(reply, delay.ms, clock, answer)
  }
}

/** Goes on after a time by the clock, or not at all where the client has gone by then. */
export function waitOrGone({ raw }: FastifyReply, ms: number, clock: Clock, goOn: () => void): void {
  const cancel = clock.after(ms, () => {
    raw.off('close', cancel)
    goOn()
  })
  raw.once('close', cancel)
}
