/**
 * The state service over HTTP. What its address or body names by a hash can be kept by any cache for good; what depends
 * on the head, or has gaps, by none.
 */
import { createHash } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { loadKeccak } from '../../../src/chain/keccak.ts'
import { STATE_MEDIA_TYPE, STATE_SERVICE_PATH } from '../../../src/network/state-service/constants.ts'
import { BLOCK_PARTS } from '../../../src/network/state-service/http-form.ts'
import type { StateErrorCode, StateKind, StateRequest } from '../../../src/network/state-service/messages.ts'
import { decodeRequest } from '../../../src/network/state-service/request-codec.ts'
import { WireError } from '../../../src/network/state-service/wire-error.ts'
import { UnavailableError, type ExecutionSource } from '../../execution/execution-source.ts'
import type { GatewayLimits } from '../limits/gateway-limits.ts'
import { answerRequest } from './answer-request.ts'
import { hashesFrom, hashFrom, headersFrom, rangeFrom, type QueryValues } from './request-from-http.ts'
import type { ServiceParts } from './service-parts.ts'
import { invalid, StateServiceError } from './state-service-error.ts'

export interface StateServiceOptions {
  readonly source: ExecutionSource
  readonly limits: Pick<GatewayLimits, 'responseBytes'>
}

/**
 * Bytes of a request's body: the longest that means something, 2,048 accounts without slots in a request for paths, has
 * 72 kB. A million hashes are refused before anything is read of them.
 */
export const MAX_REQUEST_BYTES = 131_072

/** Adds the routes below {@link STATE_SERVICE_PATH}, with their own parser, errors and 404. */
export async function stateServiceRoutes(app: FastifyInstance, options: StateServiceOptions): Promise<void> {
  const keccak = await loadKeccak()
  const parts: ServiceParts = { source: options.source, keccak, maxAnswerBytes: options.limits.responseBytes }
  await app.register(async (scope) => addRoutes(scope, parts), { prefix: STATE_SERVICE_PATH })
}

function addRoutes(scope: FastifyInstance, parts: ServiceParts): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    [STATE_MEDIA_TYPE, 'application/octet-stream'],
    { parseAs: 'buffer', bodyLimit: MAX_REQUEST_BYTES },
    (_request, body, done) => done(null, body),
  )
  scope.addHook('onRequest', (request, reply, done) => {
    if (accepts(request.headers.accept)) done()
    else sendFailure(reply, 406, 'unsupported', `the answer would be ${STATE_MEDIA_TYPE}`)
  })
  scope.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply))
  // A route, and no handler of what is not found: beside the page, which has every other path, that would not be asked.
  scope.all('/*', { exposeHeadRoute: false }, (_request, reply) => sendFailure(reply, 404, 'unknown', 'no such route'))

  const get = (path: string, read: (request: Addressed) => StateRequest): void => {
    scope.get(path, async (request, reply) => {
      const { params, query } = request as { params: Readonly<Record<string, string>>; query: QueryValues }
      return answer(parts, read({ params, query }), request, reply)
    })
  }
  get('/status', () => ({ kind: 'status', request: {} }))
  get('/headers/:start', ({ params, query }) => ({
    kind: 'headers',
    request: headersFrom(params['start'] ?? '', query),
  }))
  get('/blocks/:hash', ({ params }) => ({ kind: 'block', request: blockFrom(params) }))
  for (const [kind, word] of Object.entries(BLOCK_PARTS) as [keyof typeof BLOCK_PARTS, string][]) {
    get(`/blocks/:hash/${word}`, ({ params }) => ({ kind, request: blockFrom(params) }))
  }
  get('/nodes', ({ query }) => ({ kind: 'nodes', request: hashesFrom(query) }))
  get('/codes', ({ query }) => ({ kind: 'codes', request: hashesFrom(query) }))
  get('/ranges/:root', ({ params, query }) => ({ kind: 'range', request: rangeFrom(params['root'] ?? '', query) }))
  get('/transactions/:hash', ({ params }) => ({
    kind: 'transaction',
    request: { hash: hashFrom(params['hash'], 'the transaction') },
  }))
  for (const kind of ['nodes', 'codes', 'paths'] as const) {
    scope.post(`/${kind}`, { bodyLimit: MAX_REQUEST_BYTES }, async (request, reply) =>
      answer(parts, requestIn(request.body, kind), request, reply),
    )
  }
}

interface Addressed {
  readonly params: Readonly<Record<string, string>>
  readonly query: QueryValues
}

const blockFrom = (params: Addressed['params']) => ({ blockHash: hashFrom(params['hash'], 'the block') })

function requestIn(body: unknown, kind: StateKind): StateRequest {
  if (!(body instanceof Uint8Array)) throw invalid('the request has no body')
  // Parts of a Buffer are Buffers, whose `slice` does not copy as everybody else's does.
  const request = decodeRequest(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  if (request.kind !== kind) throw invalid(`a request of kind ${request.kind} was sent to the route of ${kind}`)
  return request
}

/** RFC 9110: a year is as good as for ever. */
const FOREVER = 'public, max-age=31536000, immutable'

async function answer(
  parts: ServiceParts,
  asked: StateRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { message, holds } = await answerRequest(parts, asked)
  const tag = `"${createHash('sha256').update(message).digest('base64url').slice(0, TAG_LENGTH)}"`
  reply.header('cache-control', holds === 'forever' ? FOREVER : 'no-store').header('etag', tag)
  if (request.method !== 'POST' && names(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return reply.type(STATE_MEDIA_TYPE).send(Buffer.from(message.buffer, message.byteOffset, message.byteLength))
}

/** Characters of base64: 128 bits, which nobody makes collide by chance. */
const TAG_LENGTH = 22

/** RFC 9110, 13.1.2: any of a list, compared weakly, or all. */
function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === tag)
}

/** Whether a client takes our media type; weights are not looked at, but for a refusal. */
function accepts(header: string | undefined): boolean {
  if (header === undefined || header.trim() === '') return true
  return header.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    return !isRefused && ['*/*', 'application/*', STATE_MEDIA_TYPE].includes(type)
  })
}

const STATUSES: Readonly<Record<StateErrorCode, number>> = {
  invalid: 400,
  unknown: 404,
  unavailable: 503,
  limit: 413,
  unsupported: 501,
  internal: 500,
}

/** JSON, as all errors of the gateway: people and proxies read them too. */
function sendFailure(reply: FastifyReply, status: number, code: StateErrorCode, message: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('application/json').send({ code, message })
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof StateServiceError) return sendFailure(reply, STATUSES[error.code], error.code, error.message)
  if (error instanceof UnavailableError) return sendFailure(reply, 503, 'unavailable', error.message)
  if (error instanceof WireError) {
    const code = WIRE_CODES[error.fault]
    return sendFailure(reply, STATUSES[code], code, error.message)
  }
  const { statusCode = 500 } = error
  if (statusCode === 413)
    return sendFailure(reply, 413, 'limit', `the request has more than ${MAX_REQUEST_BYTES} bytes`)
  if (statusCode === 415) return sendFailure(reply, 415, 'unsupported', `the request should be ${STATE_MEDIA_TYPE}`)
  if (statusCode < 500) return sendFailure(reply, statusCode, 'invalid', error.message)
  request.log.error(error)
  return sendFailure(reply, 500, 'internal', 'the request failed here')
}

const WIRE_CODES = { version: 'unsupported', kind: 'invalid', malformed: 'invalid', limit: 'limit' } as const
