/** Network conditions onto the requests of the chain's services. The page, metrics and the control endpoint stay as they are. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../../src/chain/clock.ts'
import { waitOrGone } from '../../faults/fault-hooks.ts'
import { sendPaced } from '../../http/send-paced.ts'
import type { Conditions, MetConditions } from './conditions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    conditions: MetConditions | undefined
  }
}

export interface ConditionHookOptions {
  readonly conditions: Conditions
  readonly clock: Clock
  /** Told of each answer that is lost. */
  readonly onLost: (request: { readonly id: string; readonly names: readonly string[] }) => void
}

/** To be added after the hooks of faults: an answer that those send in a way of their own does not come here. */
export function addConditionHooks(app: FastifyInstance, { conditions, clock, onLost }: ConditionHookOptions): void {
  app.decorateRequest('conditions', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const { routeNames } = request
    request.conditions = routeNames && request.method !== 'OPTIONS' ? conditions.draw(routeNames) : undefined
    const delay = request.conditions?.delay ?? 0
    if (delay > 0) waitOrGone(reply, delay, clock, done)
    else done()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const { isLost, line } = request.conditions ?? {}
    if (isLost === true) {
      onLost({ id: request.id, names: request.routeNames ?? [] })
      reply.hijack()
      reply.raw.destroy()
      return
    }
    const isWhole = typeof payload === 'string' || Buffer.isBuffer(payload)
    if (line === undefined || !isWhole || request.method === 'HEAD') {
      done(null, payload)
      return
    }
    reply.hijack()
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload
    const headers = { ...(reply.getHeaders() as OutgoingHttpHeaders), 'content-length': body.length }
    reply.raw.writeHead(reply.statusCode, headers)
    sendPaced(reply.raw, body, line, clock)
  })
}
