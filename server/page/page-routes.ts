/**
 * The built page, and the data listing where there is data, on an HTTP server.
 *
 * It answers GET and HEAD, only for paths in tables made before it listens; it writes nothing, reads no request body
 * and has no state that a request could change.
 */
import { open, readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pathOf } from '../http/http-app.ts'
import type { DataIndex } from './data-index.ts'
import type { FileTable, ServedFile } from './files.ts'
import { cacheControl, contentType, securityHeaders } from './headers.ts'

export interface PageContent {
  readonly page: FileTable
  readonly data: DataIndex
}

export interface PageRoutesOptions extends PageContent {
  /** Where on this server the page finds a network to follow at once. Default: nowhere. */
  readonly networkPath?: string
}

/** The page's first file. */
const INDEX = '/index.html'

/** A Fastify plugin: every path that no other route has. One that it does not know answers 404, another method 405. */
export function pageRoutes(
  app: FastifyInstance,
  { page, data, networkPath }: PageRoutesOptions,
  done: () => void,
): void {
  const index = Buffer.from(JSON.stringify(data.entries))
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(securityHeaders)
    if (request.method === 'GET' || request.method === 'HEAD') next()
    else sendText(reply.header('allow', 'GET, HEAD'), 405, 'only GET and HEAD')
  })
  app.all('/*', { exposeHeadRoute: false }, async (request, reply) => {
    const path = decodedPath(request)
    if (path === undefined) return sendText(reply, 400, 'the path is not valid')
    if (path === '/data/index.json') return describe(reply, path, index.byteLength).send(index)
    const file = page.get(path) ?? data.files.get(path)
    if (file === undefined) return sendText(reply, 404, 'no such file')
    if (path === INDEX && networkPath !== undefined) return await sendIndex(reply, file, networkPath)
    return await sendFile(request, reply, path, file)
  })
  done()
}

/** The page's own address means its first file; a socket that is opened there is another service's. */
export function pageUrl({ method, url = '/', headers }: IncomingMessage): string {
  const isAsked = (method === 'GET' || method === 'HEAD') && headers.upgrade === undefined && pathOf(url) === '/'
  return isAsked ? `${INDEX}${url.slice(1)}` : url
}

/** With the network that this server has, which the page looks for in its own head. */
async function sendIndex(reply: FastifyReply, { file }: ServedFile, networkPath: string): Promise<FastifyReply> {
  const html = await readFile(file, 'utf8').catch(() => undefined)
  if (html === undefined) return sendText(reply, 404, 'the file is gone: restart the server')
  const body = Buffer.from(html.replace('<head>', `<head><meta name="beamtab-network" content="${networkPath}" />`))
  return describe(reply, INDEX, body.byteLength).send(body)
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  { file }: ServedFile,
): Promise<FastifyReply> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return sendText(reply, 404, 'the file is gone: restart the server')
  const { size } = await handle.stat()
  describe(reply, path, size)
  if (request.method === 'HEAD' || size === 0) {
    await handle.close()
    return reply.send()
  }
  // `end` keeps the body at the announced length when the file grows meanwhile; the stream closes the file.
  return reply.send(handle.createReadStream({ start: 0, end: size - 1 }))
}

function describe(reply: FastifyReply, path: string, bytes: number): FastifyReply {
  return reply.type(contentType(path)).headers({ 'content-length': bytes, 'cache-control': cacheControl(path) })
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .code(status)
    .type(contentType('.txt'))
    .header('cache-control', 'no-store')
    .send(Buffer.from(`${text}\n`))
}

/** The decoded path of a request, undefined when it is not one. Dot segments need no care: no table has any. */
function decodedPath({ raw }: FastifyRequest): string | undefined {
  try {
    return decodeURIComponent(pathOf(raw.url ?? '/').split('#', 1)[0] ?? '/')
  } catch {
    return undefined
  }
}
