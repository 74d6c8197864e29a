/** Counts what a command asks and gets. */
import type { HttpTransport } from '../../network/http/transport.ts'

export interface Traffic {
  readonly requests: number
  /** Of answers' bodies, as they are read. */
  readonly bytes: number
}

export interface CountingTransport {
  readonly transport: HttpTransport
  /** So far. */
  readonly traffic: Traffic
}

export function countingTransport(inner: HttpTransport): CountingTransport {
  const traffic = { requests: 0, bytes: 0 }
  const fetch: HttpTransport['fetch'] = async (url, init) => {
    traffic.requests += 1
    const response = await inner.fetch(url, init)
    if (response.body === null) return response
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        traffic.bytes += chunk.length
        controller.enqueue(chunk)
      },
    })
    const { status, statusText, headers } = response
    return new Response(response.body.pipeThrough(counter), { status, statusText, headers })
  }
  return { transport: { ...inner, fetch }, traffic }
}
