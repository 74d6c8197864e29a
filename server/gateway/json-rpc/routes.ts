/** JSON-RPC on Fastify: POST and WebSocket on the same paths, as execution nodes have it. */
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { FairTurns } from '../../http/fair-turns.ts'
import { HttpError } from '../../http/http-error.ts'
import type { ExecutionSource } from '../../execution/execution-source.ts'
import type { JsonRpcOptions } from './json-rpc.ts'
import { createJsonRpc } from './json-rpc.ts'
import type { WebSocketLimits } from './limits.ts'
import { DEFAULT_WEB_SOCKET_LIMITS } from './limits.ts'
import type { MessageWay } from './message-way.ts'
import type { RpcError } from '../../../src/network/json-rpc/rpc-error.ts'
import { internalError, invalidRequest, limitExceeded } from '../../../src/network/json-rpc/rpc-error.ts'
import { ClientSockets } from './client-sockets.ts'
import { serveWebSocket } from './web-socket.ts'

export interface JsonRpcRoutesOptions extends JsonRpcOptions {
  readonly source: ExecutionSource
  /** Default: `/`. */
  readonly paths?: readonly string[]
  /** What a GET of these paths that is no WebSocket gets. Default: 405. */
  readonly get?: (request: FastifyRequest, reply: FastifyReply) => unknown
  /** Bytes of a request's body. Default: {@link DEFAULT_BODY_BYTES}. */
  readonly bodyBytes?: number
  /** Those left out have their defaults. */
  readonly webSockets?: Partial<WebSocketLimits>
  /** What messages of WebSockets meet. Default: nothing. */
  readonly way?: MessageWay
}

/** geth's bound on bodies; room for a transaction with all its blobs. */
export const DEFAULT_BODY_BYTES = 5 * 1024 * 1024

/** Content types that geth takes too. Others are refused: browsers send them to any server without asking first. */
const CONTENT_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']

/** With the parameter that Fastify adds to texts, and not to bytes. */
const JSON_TYPE = 'application/json; charset=utf-8'

/** ms that a WebSocket has to say goodbye when the server ends. */
const GOODBYE_TIME = 1_000

/** Register it once, with all paths. Limits by client and cross-origin headers are the surrounding application's. */
export const jsonRpcRoutes: FastifyPluginAsync<JsonRpcRoutesOptions> = async (app, options) => {
  const limits = { ...DEFAULT_WEB_SOCKET_LIMITS, ...options.webSockets }
  const { turns = new FairTurns() } = options
  const rpc = await createJsonRpc(options.source, { ...options, turns })
  if (!app.hasDecorator('websocketServer')) await registerWebSockets(app, limits)
  app.addHook('onClose', async () => rpc.close())
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(CONTENT_TYPES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler(sendError)
  const sockets = new ClientSockets(limits)
  const bodyLimit = options.bodyBytes ?? DEFAULT_BODY_BYTES
  for (const url of options.paths ?? ['/']) {
    app.post<{ Body: Uint8Array }>(url, { bodyLimit }, async ({ body, ip: client }, reply) => {
      const gone = new AbortController()
      // An answer that is out closes too: nothing is left to be given up then, and the abort's error is dear.
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort()
      })
      const answer = await rpc.handle(body ?? new Uint8Array(), { client, gone: gone.signal })
      void reply.header('Cache-Control', 'no-store')
      // Notifications have no answer (JSON-RPC 2.0, section 6).
      if (answer === undefined) return reply.code(204).send()
      // As bytes: a text's length would be counted, and the text encoded, by everybody that it passes.
      return reply.type(JSON_TYPE).send(Buffer.from(answer))
    })
    app.route({
      method: 'GET',
      url,
      handler: options.get ?? refuseGet,
      wsHandler: (socket, { ip }) =>
        serveWebSocket(socket, { rpc, limits, clock: options.clock, turns, sockets, client: ip, way: options.way }),
    })
  }
}

/**
 * For applications whose other routes are not under {@link jsonRpcRoutes}: at their root, so that an upgrade that nobody
 * awaits is ended there too.
 */
export async function registerWebSockets(
  app: FastifyInstance,
  { messageBytes, messageFrames }: Pick<WebSocketLimits, 'messageBytes' | 'messageFrames'> = DEFAULT_WEB_SOCKET_LIMITS,
): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: messageBytes, maxFragments: messageFrames },
    errorHandler: (error, socket, request) => {
      request.log.info({ error }, 'a WebSocket failed')
      socket.terminate()
    },
    preClose(this: FastifyInstance, done: () => void) {
      const { clients } = this.websocketServer
      for (const client of clients) client.close(GOING_AWAY)
      const cut = setTimeout(() => clients.forEach((client) => client.terminate()), GOODBYE_TIME)
      this.websocketServer.close(() => {
        clearTimeout(cut)
        done()
      })
    },
  })
}

/** RFC 6455, section 7.4.1. */
const GOING_AWAY = 1001

function refuseGet(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(405)
    .header('Allow', 'POST')
    .type('application/json')
    .send(failure(invalidRequest('POST a JSON-RPC message')))
}

/** Of HTTP: too long, of another type, too often, cut off. */
function sendError(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = statusOf(error)
  if (status >= 500) request.log.error({ err: error }, 'a JSON-RPC request failed')
  const answered =
    status >= 500 ? internalError() : status === 429 ? limitExceeded(error.message) : invalidRequest(error.message)
  return reply.code(status).type('application/json').send(failure(answered))
}

function statusOf(error: Error): number {
  if (error instanceof HttpError) return error.status
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
}

const failure = ({ code, message }: RpcError): string =>
  JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } })
