/**
 * `/beamtab/control`: sets network conditions and faults while the gateway runs, and tells what was injected. For chains of
 * our own making only, and only for programs of this machine: no page of another origin can send what it takes.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { FaultOrderError } from '../../faults/named-faults.ts'
import { FAULT_NAMES } from '../../faults/named-faults.ts'
import { badRequest, HttpError } from '../../http/http-error.ts'
import { FAULT_ROUTES } from '../route-names.ts'
import { controlChangeFrom } from './control-values.ts'
import type { Injection } from './injection.ts'

export const CONTROL_PATH = '/beamtab/control'

/** Names of this machine: a page that has its own name point here (DNS rebinding) says its own. */
const LOCAL_HOSTS = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

/** A Fastify plugin: GET reads, PUT and POST set what they name and leave the rest. */
export function controlRoutes(app: FastifyInstance, injection: Injection, done: () => void): void {
  app.addHook('onRequest', (request, reply, next) => {
    reply.header('cache-control', 'no-store')
    const isLocal = LOCAL_HOSTS.test(request.headers.host ?? '')
    next(isLocal ? undefined : new HttpError(403, 'the control endpoint is for this machine: ask for 127.0.0.1'))
  })
  // JSON only: what a page of another origin can send without being asked first is of other types.
  app.removeContentTypeParser('text/plain')
  const tell = (reply: FastifyReply) => reply.send(told(injection))
  app.get(CONTROL_PATH, (_, reply) => tell(reply))
  app.route({
    method: ['PUT', 'POST'],
    url: CONTROL_PATH,
    handler: (request, reply) => {
      const { faults, conditions } = controlChangeFrom(request.body)
      try {
        if (faults !== undefined) injection.order(faults)
      } catch (error) {
        if (error instanceof FaultOrderError) throw badRequest(`faults: ${error.message}`)
        throw error
      }
      if (conditions !== undefined) injection.conditions.set(conditions)
      request.log.info({ faults, conditions }, 'faults and conditions were set')
      return tell(reply)
    },
  })
  done()
}

function told({ orders, conditions, faults }: Injection): object {
  return {
    faults: orders,
    conditions: conditions.rules,
    injectedCount: faults.injectedCount,
    /** The newest, oldest first. */
    injected: faults.injected,
    known: { faults: FAULT_NAMES, routes: FAULT_ROUTES },
  }
}
