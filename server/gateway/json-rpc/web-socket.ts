/** One WebSocket of JSON-RPC, with a bound on everything that it can make the server hold. */
import type { RawData, WebSocket } from 'ws'
import { Buffer } from 'node:buffer'
import type { Clock } from '../../../src/chain/clock.ts'
import { systemClock } from '../../../src/chain/clock.ts'
import type { FairTurns } from '../../http/fair-turns.ts'
import type { ClientSockets } from './client-sockets.ts'
import type { JsonRpc } from './json-rpc.ts'
import type { WebSocketLimits } from './limits.ts'
import { SMOOTH_WAY, type MessageWay } from './message-way.ts'
import { Outbox } from './outbox.ts'

export interface WebSocketOptions {
  readonly rpc: JsonRpc
  readonly limits: WebSocketLimits
  /** Default: the machine's. */
  readonly clock: Clock | undefined
  readonly turns: FairTurns
  readonly sockets: ClientSockets
  /** By its address. */
  readonly client: string
  /** Default: nothing is in the way. */
  readonly way: MessageWay | undefined
}

/** RFC 6455, section 7.4.1, and the registry of it. */
const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011
const TRY_AGAIN_LATER = 1013

/** Until the socket is closed, by either side. */
export function serveWebSocket(
  socket: WebSocket,
  { rpc, limits, clock = systemClock, turns, sockets, client, way = SMOOTH_WAY }: WebSocketOptions,
): void {
  if (!sockets.add(client, socket)) {
    socket.close(TRY_AGAIN_LATER, 'too many connections')
    return
  }
  const connection = rpc.connect({
    send: (text) => {
      const departure = way.departure(text)
      if (sockets.isBehind(client, socket) || outbox.bytes > limits.queuedBytes) end(() => socket.terminate())
      else if (departure !== undefined) outbox.add(departure)
    },
    fail: (reason) => end(() => socket.close(INTERNAL_ERROR, closeReason(reason))),
    maxSubscriptions: limits.subscriptions,
    client,
  })
  const outbox = new Outbox((text) => socket.send(text), clock)
  const allowance = new Allowance(limits.messagesPerSecond, clock)
  /** Messages that came in one piece with those that are worked on; no more are read while there are any. */
  const waiting: Uint8Array[] = []
  let underWay = 0
  let isOpen = true
  let isAlive = true
  let cancelPing = clock.after(limits.pingInterval, ping)

  socket.on('message', (message) => {
    isAlive = true
    if (!isOpen) return
    if (!allowance.take()) {
      end(() => socket.close(POLICY_VIOLATION, 'too many messages'))
      return
    }
    waiting.push(bytesOf(message))
    workOn()
  })
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('close', () => end(() => undefined))

  function workOn(): void {
    while (isOpen && underWay < limits.messagesUnderWay) {
      const message = waiting.shift()
      if (message === undefined) break
      underWay += 1
      void answered(message).then(() => {
        underWay -= 1
        workOn()
      })
    }
    // A sender that is faster than its answers waits in its own buffers, not in ours.
    if (waiting.length > 0) socket.pause()
    else if (socket.isPaused) socket.resume()
  }

  async function answered(message: Uint8Array): Promise<void> {
    const arrival = way.arrival()
    if (arrival.kind === 'disconnected') end(() => socket.terminate())
    if (arrival.kind !== 'arrives') return
    if (arrival.delay > 0) await new Promise<void>((resolve) => void clock.after(arrival.delay, resolve))
    await turns.next(client)
    if (isOpen) await connection.receive(message)
  }

  function ping(): void {
    // While nothing is read, pongs are not either.
    if (!isAlive && !socket.isPaused) {
      end(() => socket.terminate())
      return
    }
    isAlive = false
    socket.ping()
    cancelPing = clock.after(limits.pingInterval, ping)
  }

  function end(how: () => void): void {
    if (!isOpen) return
    isOpen = false
    cancelPing()
    connection.close()
    outbox.close()
    waiting.length = 0
    // A socket that is not read never hears the other side's goodbye.
    socket.resume()
    how()
  }
}

/** So many a second; what is left of a second is not saved up. */
class Allowance {
  private left: number
  private since: number

  constructor(
    private readonly perSecond: number,
    private readonly clock: Clock,
  ) {
    this.left = perSecond
    this.since = clock.now()
  }

  take(): boolean {
    const now = this.clock.now()
    // A clock that was set back gives nothing, and starts anew.
    this.left = Math.min(this.perSecond, this.left + (Math.max(0, now - this.since) / 1_000) * this.perSecond)
    this.since = now
    if (this.left < 1) return false
    this.left -= 1
    return true
  }
}

function bytesOf(message: RawData): Uint8Array {
  if (Array.isArray(message)) return Buffer.concat(message)
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message
}

/** RFC 6455: at most 123 bytes. */
const closeReason = (reason: string): string => reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 123)
