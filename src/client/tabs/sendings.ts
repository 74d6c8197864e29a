/** Transactions that nodes have sent for this tab's provider: the next node takes them over, and keeps them in sight. */
import type { SessionCall } from '../../rpc/session-messages.ts'
import type { SessionRequest } from './listenings.ts'

export const SENDING = 'eth_sendRawTransaction'

/** As many as a node keeps in sight; see `sending/constants`. */
export const MAX_SENDINGS = 128

/** Of them all, in hex: a dozen with as many blobs as one may have. */
const MAX_CHARACTERS = 2 * 16_777_216

/** ms after which a node hands one over no more: a day. */
export const SENDING_LIMIT_MS = 86_400_000

type Sent = Extract<SessionCall, { readonly kind: 'sent' }>

/** Always: at most {@link MAX_SENDINGS} of at most {@link MAX_CHARACTERS}, the oldest forgotten first; each transaction once. */
export class Sendings {
  /** By hash, the oldest first. */
  private readonly byHash = new Map<string, Sent>()
  private characters = 0

  /** A request was answered with this result, at this time. */
  answered({ method, params }: SessionRequest, result: unknown, now: number): void {
    const raw: unknown = Array.isArray(params) ? (params as readonly unknown[])[0] : undefined
    if (method !== SENDING || typeof result !== 'string' || typeof raw !== 'string' || this.byHash.has(result)) return
    this.byHash.set(result, { kind: 'sent', raw, sentAt: now })
    this.characters += raw.length
    this.trim()
  }

  /** What the next node is told. */
  current(now: number): readonly Sent[] {
    for (const [hash, { sentAt }] of this.byHash) if (now - sentAt > SENDING_LIMIT_MS) this.forget(hash)
    return [...this.byHash.values()]
  }

  private trim(): void {
    for (const hash of this.byHash.keys()) {
      if (this.byHash.size <= MAX_SENDINGS && this.characters <= MAX_CHARACTERS) return
      this.forget(hash)
    }
  }

  private forget(hash: string): void {
    this.characters -= this.byHash.get(hash)?.raw.length ?? 0
    this.byHash.delete(hash)
  }
}
