/** A server in front of another, as far away as wanted, that counts what is asked of it. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Metered {
  /**
   * A request that begins after an answer of the trip before it has come begins another one: so many times whoever asks has
   * waited, or more.
   */
  readonly roundTrips: number
  readonly requests: number
  /** Of answers' bodies, as they are on the wire. */
  readonly bytes: number
}

export interface MeteredProxy {
  readonly url: string
  /** Of what came since the last call. */
  take(): Metered
  /** Resolves when no call has been under way for a while: what a client does by itself is over. */
  quiet(): Promise<void>
  close(): Promise<void>
}

/** ms without a request: more than a client takes from an answer to its next question. */
const QUIET_MS = 300

/** @param target its address, without a slash at its end @param latencyMs from a request to the beginning of its answer, besides what the server itself takes */
export async function startMeteredProxy(target: string, latencyMs: number): Promise<MeteredProxy> {
  let counts = { roundTrips: 0, requests: 0, bytes: 0 }
  let hasAnswer = true
  let pending = 0
  let busyAt = performance.now()
  const forward = (asked: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const { method, headers } = asked
    const upstream = httpRequest(
      `${target}${asked.url ?? ''}`,
      { method, headers: { ...headers, host: new URL(target).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on('data', (chunk: Buffer) => (counts.bytes += chunk.length))
        if (method !== 'OPTIONS') answer.on('end', () => (hasAnswer = true))
        answer.pipe(response)
      },
    )
    upstream.on('error', () => response.destroy())
    upstream.end(body)
  }
  const server = createServer((asked, response) => {
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.on('end', () => {
      const body = Buffer.concat(chunks)
      // What a browser asks before it asks is asked once, and no part of what is measured.
      if (asked.method === 'OPTIONS') return forward(asked, body, response)
      if (hasAnswer) counts.roundTrips += 1
      hasAnswer = false
      counts.requests += 1
      busyAt = performance.now()
      // A stream of events stays open.
      if (asked.method === 'POST') {
        pending += 1
        response.once('close', () => {
          pending -= 1
          busyAt = performance.now()
        })
      }
      setTimeout(() => forward(asked, body, response), latencyMs)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = counts
      counts = { roundTrips: 0, requests: 0, bytes: 0 }
      hasAnswer = true
      return taken
    },
    async quiet() {
      while (pending > 0 || performance.now() - busyAt < QUIET_MS)
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 3))
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
