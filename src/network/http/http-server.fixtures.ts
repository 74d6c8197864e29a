/** A real HTTP server on this machine for tests: answers as the test says, and is gone when the test is over. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../chain/clock.ts'
import { HttpEndpoint } from './http-endpoint.ts'
import { parseServerUrl } from './server-url.ts'
import { platformTransport, type HttpTransport } from './transport.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface TestServer {
  readonly url: string
  /** `GET /path?query` of each request so far. */
  readonly requests: readonly string[]
  /** Requests whose connection is open and whose answer is not over. (Node opens another idle one where it closed one.) */
  pending(): number
}

/** Lives until the test that calls it is over. */
export async function testServer(handler: Handler): Promise<TestServer> {
  const requests: string[] = []
  let pending = 0
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    pending += 1
    response.once('close', () => (pending -= 1))
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, requests, pending: () => pending }
}

export const endpointOf = (url: string, transport: HttpTransport = platformTransport(systemClock)): HttpEndpoint =>
  new HttpEndpoint(parseServerUrl(url), transport)

/** Answers once, whole. */
export const answering =
  (status: number, type: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': type, ...headers }).end(body)

export const never = new AbortController().signal
