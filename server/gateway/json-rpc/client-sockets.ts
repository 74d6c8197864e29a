/** The open WebSockets of all clients: how many there are, and what waits for whom to read it. */
import type { WebSocket } from 'ws'
import type { WebSocketLimits } from './limits.ts'

type Counted = Pick<WebSocket, 'bufferedAmount' | 'once'>

/** Always: at most so many sockets, and so many of each client. */
export class ClientSockets {
  /** By client; who has none is not known. */
  readonly #open = new Map<string, Set<Counted>>()
  #count = 0

  constructor(
    private readonly limits: Pick<
      WebSocketLimits,
      'connections' | 'connectionsPerClient' | 'queuedBytes' | 'queuedBytesPerClient'
    >,
  ) {}

  /** Whether there is room; it is counted then, until it is closed. */
  add(client: string, socket: Counted): boolean {
    const { connections, connectionsPerClient } = this.limits
    const own = this.#open.get(client) ?? new Set()
    if (this.#count >= connections || own.size >= connectionsPerClient) return false
    this.#open.set(client, own.add(socket))
    this.#count += 1
    socket.once('close', () => {
      this.#count -= 1
      own.delete(socket)
      if (own.size === 0) this.#open.delete(client)
    })
    return true
  }

  /** Whether so much waits for a client, on this socket or on all of its together, that nothing more may. */
  isBehind(client: string, socket: Counted): boolean {
    const { queuedBytes, queuedBytesPerClient } = this.limits
    if (socket.bufferedAmount === 0) return false
    if (socket.bufferedAmount > queuedBytes) return true
    let sum = 0
    for (const { bufferedAmount } of this.#open.get(client) ?? []) sum += bufferedAmount
    return sum > queuedBytesPerClient
  }
}
