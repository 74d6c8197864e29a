/** Headers that let pages of other origins read answers: nothing here is secret, and nothing is done in a visitor's name. */
import type { FastifyReply } from 'fastify'

export interface CorsOptions {
  readonly methods: string
  /** Of requests. */
  readonly headers: string
  /** Of answers, besides those that are always readable. */
  readonly exposed: string
}

export const CORS_HEADERS = [
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
] as const

/** s for which a browser may remember an answer to a preflight; Chromium takes no more. */
const PREFLIGHT_SECONDS = 7_200

export function setCors(reply: FastifyReply, { methods, headers, exposed }: CorsOptions): void {
  const values = ['*', methods, headers, exposed, PREFLIGHT_SECONDS]
  for (const [i, name] of CORS_HEADERS.entries()) reply.header(name, values[i])
}
