/** Conditions and faults onto the messages of WebSockets, each message for itself. */
import type { Conditions } from './conditions.ts'
import type { DrawnFaults, Faults } from '../../faults/faults.ts'
import type { MessageWay } from '../json-rpc/message-way.ts'

export interface SocketWayOptions {
  readonly conditions: Conditions
  readonly faults: Faults
  /** Of the service behind the sockets. */
  readonly service: string
}

/** How a request is called, of sockets, where faults are told of. */
const MESSAGE = 'message'

/**
 * Messages wait, go unanswered or end the connection; answers and notifications are lost, slowed, or spoiled. What else a
 * fault does concerns HTTP, or what an answer says.
 */
export function socketWay({ conditions, faults, service }: SocketWayOptions): MessageWay {
  const request = { id: MESSAGE, names: [service] }
  return {
    arrival: () => {
      const drawn = faults.draw(request)
      if (drawn.take('disconnect') !== undefined) return { kind: 'disconnected' }
      if (drawn.take('stall') !== undefined) return { kind: 'ignored' }
      return { kind: 'arrives', delay: conditions.draw(request.names).delay + (drawn.take('delay')?.ms ?? 0) }
    },
    departure: (text) => {
      const { isLost, line } = conditions.draw(request.names)
      if (!isLost) return { text: spoiled(text, faults.draw(request)), line }
      faults.note(request, 'loss')
      return undefined
    },
  }
}

function spoiled(text: string, drawn: DrawnFaults): string {
  const garbage = drawn.take('garbage')
  if (garbage !== undefined) return garbage.text
  const cut = drawn.take('cut')
  if (cut !== undefined) return text.slice(0, cut.bytes ?? text.length >> 1)
  if (text.length === 0 || drawn.take('flipped') === undefined) return text
  const middle = text.length >> 1
  return text.slice(0, middle) + String.fromCharCode(text.charCodeAt(middle) ^ 1) + text.slice(middle + 1)
}
