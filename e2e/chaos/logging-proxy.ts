/** Stands before a gateway, passes everything on, and remembers which nodes and codes it was asked for by hash. */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { askedContents } from './asked-contents.ts'

export interface AskedContent {
  readonly hash: string
  /** ms since 1970. */
  readonly at: number
}

export interface LoggingProxy {
  readonly url: string
  /** What was asked since the last call. */
  taken(): readonly AskedContent[]
  close(): void
}

/** Bytes of a request that are passed on: several of the largest that a gateway takes. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024

/** Refuses to remember more: a run of twenty sessions asks for some ten thousand. */
const MAX_ASKED = 1_000_000

export async function startLoggingProxy(gateway: string): Promise<LoggingProxy> {
  let asked: AskedContent[] = []
  const server = createServer((request, response) => {
    const at = Date.now()
    bodyOf(request).then(
      (body) => {
        for (const hash of askedContents(request.method ?? '', request.url ?? '', body)) {
          if (asked.length < MAX_ASKED) asked.push({ hash, at })
        }
        passOn(gateway, request, body, response)
      },
      // A browser that was killed in the middle of it.
      () => response.destroy(),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken() {
      const before = asked
      asked = []
      return before
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function passOn(gateway: string, request: IncomingMessage, body: Uint8Array, response: ServerResponse): void {
  const { host: _, ...headers } = request.headers
  const onward = send(new URL(request.url ?? '/', gateway), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    // At once: events come one by one and far apart.
    response.flushHeaders()
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  onward.end(body)
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_REQUEST_BYTES) throw new Error(`a request of more than ${MAX_REQUEST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
