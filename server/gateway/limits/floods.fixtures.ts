/** What mean clients send to a gateway: each flood from another address of this machine than the calm client's. */
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { ask } from '../gateway.fixtures.ts'

/** Another client than 127.0.0.1. */
export const MEAN = '127.0.0.2'

/** Status and body of an answer, or that the connection was ended instead. */
export async function posted(url: string, path: string, type: string, body: string | Uint8Array): Promise<string> {
  try {
    const { status, body: answer } = await ask(url, path, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      from: MEAN,
    })
    return `${status} ${answer.toString('utf8', 0, 300)}`
  } catch {
    return 'cut'
  }
}

export const rpc = (url: string, body: string | Uint8Array): Promise<string> =>
  posted(url, '/rpc', 'application/json', body)

/** So many times, a few at a time; the different outcomes. */
export async function repeated(times: number, run: (at: number) => Promise<string>): Promise<string[]> {
  const outcomes = new Set<string>()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < times; at = next++) outcomes.add(await run(at))
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  return [...outcomes]
}

export async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/rpc`, { localAddress: MEAN })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('open', resolve).once('close', resolve))
  return socket
}

/** The code that the server, or the network, ended it with. */
export const closed = (socket: WebSocket): Promise<number> =>
  socket.readyState === WebSocket.CLOSED
    ? Promise.resolve(1006)
    : new Promise((resolve) => socket.once('close', resolve))

/** A connection without a protocol. */
export function rawConnection(url: string): Socket {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: MEAN })
  socket.on('error', () => undefined)
  return socket
}
