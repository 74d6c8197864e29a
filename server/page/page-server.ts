/**
 * The static server behind `npm start`: the built page, and the data listing where there is data.
 *
 * It answers GET and HEAD, only for paths in tables made before it listens; it writes nothing, reads no request body
 * and has no state that a request could change.
 */
import { open } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { DataIndex } from './data-index.ts'
import type { FileTable, ServedFile } from './files.ts'
import { cacheControl, contentType, securityHeaders } from './headers.ts'

export interface PageServerContent {
  readonly page: FileTable
  readonly data: DataIndex
}

/** A browser opens six connections per origin; this leaves room for dozens of tabs and keeps a runaway script bounded. */
const MAX_CONNECTIONS = 256

/** Longest that a request's head may take to arrive, in ms. From the same machine it takes one. */
const REQUEST_TIMEOUT = 10_000

/** A server for `content`; not listening yet. A path it does not know answers 404, another method 405. */
export function createPageServer({ page, data }: PageServerContent): Server {
  const index = Buffer.from(JSON.stringify(data.entries))
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    // A failure while sending can only cut the connection: the status line is out. The browser sees a short body.
    respond(request, response).catch(() => response.destroy())
  })
  server.maxConnections = MAX_CONNECTIONS
  return server

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      sendText(response, 405, 'only GET and HEAD')
      return
    }
    const path = decodedPath(request.url ?? '/')
    if (path === undefined) {
      sendText(response, 400, 'the path is not valid')
      return
    }
    if (path === '/data/index.json') {
      sendHead(response, path, index.byteLength)
      response.end(index)
      return
    }
    const file = page.get(path === '/' ? '/index.html' : path) ?? data.files.get(path)
    if (file === undefined) sendText(response, 404, 'no such file')
    else await sendFile(request, response, path, file)
  }
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { file }: ServedFile,
): Promise<void> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) {
    sendText(response, 404, 'the file is gone: restart the server')
    return
  }
  try {
    const { size } = await handle.stat()
    sendHead(response, path === '/' ? '/index.html' : path, size)
    if (request.method === 'HEAD' || size === 0) response.end()
    // `end` keeps the body at the announced length when the file grows meanwhile.
    else await pipeline(handle.createReadStream({ start: 0, end: size - 1, autoClose: false }), response)
  } finally {
    await handle.close()
  }
}

function sendHead(response: ServerResponse, path: string, bytes: number): void {
  response.writeHead(200, {
    'Content-Type': contentType(path),
    'Content-Length': bytes,
    'Cache-Control': cacheControl(path),
  })
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': contentType('.txt'), 'Cache-Control': 'no-store' })
  response.end(`${text}\n`)
}

/** The decoded path of a request target, undefined when it is not one. Dot segments need no care: no table has any. */
function decodedPath(target: string): string | undefined {
  try {
    return decodeURIComponent(target.split(/[?#]/, 1)[0] ?? '/')
  } catch {
    return undefined
  }
}
