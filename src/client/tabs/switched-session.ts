/**
 * One provider's session, whichever node answers it: that of this tab, or of the tab that leads. The provider notices nothing
 * of a change but that answers take longer.
 *
 * Always: each request is answered at most once. One that was not answered when its node went is asked of the next, as soon as
 * that can answer it: all that goes to a node is read only, or comes to the same when it is done twice (a transaction that was
 * sent again is the same transaction). What was told of subscriptions and filters goes on at the next node where it ended, and
 * that takes over what was sent. A
 * provider that was connected is told of nothing for {@link GRACE_MS} without a head; then that there is none, and reads that
 * wait are refused. Transactions that are being sent are never refused for that: nobody knows whether they are out.
 */
import type { Clock } from '../../chain/clock.ts'
import { needsHead } from '../../provider/levels.ts'
import type { ProviderSession } from '../../provider/public-types.ts'
import type { SessionCall, SessionError, SessionNews } from '../../rpc/session-messages.ts'
import {
  atNode,
  isSubscription,
  Listenings,
  MAX_LISTENINGS,
  type Listening,
  type SessionRequest,
} from './listenings.ts'
import { SENDING, Sendings } from './sendings.ts'

/** Ten times what taking over takes; a dapp that hears of a disconnection throws away what it shows. */
export const GRACE_MS = 10_000

/** Of EIP-1193. */
const DISCONNECTED = 4900

/** Of EIP-1474. */
const LIMIT_EXCEEDED = -32005

interface Unanswered {
  readonly request: SessionRequest
  isSent: boolean
}

export interface SwitchedSession extends ProviderSession {
  /** This node answers from now on, in place of the one before. */
  connect(node: ProviderSession): void
  /** Nobody answers for now. */
  disconnect(): void
  close(): void
}

/** @param onClosed the node has ended its session: another is to be opened */
export function createSwitchedSession(clock: Clock, onClosed: () => void = nothing): SwitchedSession {
  return new Switch(clock, onClosed)
}

class Switch implements SwitchedSession {
  private node: ProviderSession | undefined
  private unlisten: () => void = nothing
  private onNews: (news: SessionNews) => void = nothing
  /** Whether the node can answer reads. */
  private isReady = false
  /** What the provider believes. */
  private isConnected = false
  /** Since a node that could answer went. */
  private isGrace = false
  private stopGrace: () => void = nothing
  private reason = 'the tab that answered is gone, and no other answers yet'
  private readonly unanswered = new Map<number, Unanswered>()
  private readonly listenings = new Listenings()
  private readonly sendings = new Sendings()
  /** Whether the node was told, since it has a head, what was sent before it answered. */
  private hasSendings = false
  /** Those that are being made anew, by ids that no provider uses. */
  private readonly making = new Map<number, Listening>()
  private lastOwnId = 0

  constructor(
    private readonly clock: Clock,
    private readonly onClosed: () => void,
  ) {}

  listen(onNews: (news: SessionNews) => void): () => void {
    this.onNews = onNews
    return () => (this.onNews = nothing)
  }

  send(call: SessionCall): void {
    if (call.kind === 'look' || call.kind === 'sent') return this.node?.send(call)
    if (call.kind === 'request') {
      const entry = { request: call, isSent: false }
      this.unanswered.set(call.id, entry)
      return this.trySending(entry)
    }
    const entry = this.unanswered.get(call.id)
    this.unanswered.delete(call.id)
    if (entry?.isSent === true) this.node?.send(call)
  }

  connect(node: ProviderSession): void {
    this.disconnect()
    this.node = node
    this.unlisten = node.listen((news) => this.hear(news))
    this.sendAll()
  }

  disconnect(): void {
    this.unlisten()
    this.unlisten = nothing
    this.node = undefined
    this.isReady = false
    this.hasSendings = false
    this.making.clear()
    this.listenings.lost()
    for (const entry of this.unanswered.values()) entry.isSent = false
    if (!this.isConnected || this.isGrace) return
    this.isGrace = true
    this.stopGrace = this.clock.after(GRACE_MS, () => this.endGrace())
  }

  close(): void {
    this.unlisten()
    this.stopGrace()
    this.node = undefined
    this.onNews = nothing
    this.unanswered.clear()
  }

  private hear(news: SessionNews): void {
    switch (news.kind) {
      case 'ready':
        return this.nowReady(news)
      case 'stale':
        this.isReady = false
        // What it was told meanwhile it passed over; what it has taken over it knows.
        this.hasSendings = false
        this.reason = news.reason
        if (!this.isGrace) this.tell(news)
        return
      case 'closed':
        this.disconnect()
        this.reason = news.reason
        return this.onClosed()
      case 'told': {
        const listening = this.listenings.ofNode(news.of)
        if (listening !== undefined) listening.told = news.block
        return
      }
      case 'ended': {
        const listening = this.listenings.ofNode(news.of)
        if (listening === undefined) return
        this.listenings.delete(listening)
        return this.onNews({ kind: 'ended', of: listening.id })
      }
      case 'notification': {
        const listening = this.listenings.ofNode(news.subscription)
        if (listening !== undefined) this.onNews({ ...news, subscription: listening.id })
        return
      }
      case 'result':
      case 'error':
        return this.answer(news)
    }
  }

  private nowReady(news: Extract<SessionNews, { readonly kind: 'ready' }>): void {
    this.isReady = true
    this.isGrace = false
    this.stopGrace()
    this.tell(news)
    this.handOver()
    const making = new Set(this.making.values())
    for (const listening of this.listenings.missing()) if (!making.has(listening)) this.make(listening)
    this.sendAll()
  }

  /** Before anybody asks what has become of it. */
  private handOver(): void {
    if (this.hasSendings) return
    this.hasSendings = true
    for (const sent of this.sendings.current(this.clock.now())) this.node?.send(sent)
  }

  /** Of `ready` and `stale`, what the provider knows already is told again: it is nothing to it. */
  private tell(news: Extract<SessionNews, { readonly kind: 'ready' | 'stale' }>): void {
    this.isConnected = news.kind === 'ready'
    this.onNews(news)
  }

  private answer(news: Extract<SessionNews, { readonly kind: 'result' | 'error' }>): void {
    const listening = this.making.get(news.id)
    if (listening !== undefined) return this.made(news, listening)
    const entry = this.unanswered.get(news.id)
    if (entry === undefined) return
    this.unanswered.delete(news.id)
    const last = news.kind === 'result' ? this.listenings.answered(entry.request, news.result) : undefined
    if (news.kind === 'result') this.sendings.answered(entry.request, news.result, this.clock.now())
    this.onNews(news)
    if (last !== undefined) this.endEverywhere(last)
  }

  private make(listening: Listening): void {
    const id = this.ownId()
    this.making.set(id, listening)
    this.node?.send({ ...listening.request, id, since: listening.told })
  }

  private made(news: Extract<SessionNews, { readonly kind: 'result' | 'error' }>, listening: Listening): void {
    this.making.delete(news.id)
    if (news.kind === 'result') this.place(listening, news.result as string)
    // Without a head it is made when there is one.
    else if (news.error.code !== DISCONNECTED) this.end(listening, news.error)
    this.sendAll()
  }

  private place(listening: Listening, nodeId: string): void {
    if (this.listenings.has(listening)) return this.listenings.placed(listening, nodeId)
    // It was ended while it was made.
    this.endAtNode(listening, nodeId)
  }

  private endEverywhere(listening: Listening): void {
    if (listening.nodeId !== undefined) this.endAtNode(listening, listening.nodeId)
    const message = `more than ${MAX_LISTENINGS} subscriptions and filters are there; end some`
    this.end(listening, { code: LIMIT_EXCEEDED, message })
  }

  private endAtNode(listening: Listening, nodeId: string): void {
    const method = isSubscription(listening) ? 'eth_unsubscribe' : 'eth_uninstallFilter'
    this.node?.send({ kind: 'request', id: this.ownId(), method, params: [nodeId], allowUnverified: false })
  }

  /** One that cannot go on ends as it would at a node: with a last notification, or by not being found. */
  private end(listening: Listening, { code, message }: SessionError): void {
    const { id } = listening
    this.listenings.delete(listening)
    if (isSubscription(listening)) {
      const result = { error: { code, message: `the subscription has ended: ${message}` } }
      this.onNews({ kind: 'notification', subscription: id, result })
    }
    this.onNews({ kind: 'ended', of: id })
  }

  private ownId(): number {
    this.lastOwnId -= 1
    return this.lastOwnId
  }

  private sendAll(): void {
    for (const entry of this.unanswered.values()) this.trySending(entry)
  }

  private trySending(entry: Unanswered): void {
    const { node } = this
    const { request } = entry
    if (entry.isSent || node === undefined) return
    const listening = this.listenings.named(request)
    if (listening !== undefined && listening.nodeId === undefined) {
      // Nothing is left of it to be ended but what is known here.
      if (this.listenings.isEnding(request)) this.endHere(request, listening)
      return
    }
    if (!this.isReady && needsHead(request.method)) return
    entry.isSent = true
    node.send(listening === undefined ? request : atNode(request, listening))
  }

  private endHere({ id }: SessionRequest, listening: Listening): void {
    this.listenings.delete(listening)
    this.unanswered.delete(id)
    this.onNews({ kind: 'result', id, result: true, verification: { level: 'local', source: [] } })
  }

  private endGrace(): void {
    this.isGrace = false
    this.tell({ kind: 'stale', reason: this.reason })
    for (const { request } of [...this.unanswered.values()]) {
      const { id, method } = request
      if (!needsHead(method) || method === SENDING) continue
      this.unanswered.delete(id)
      const message = `${method} cannot be answered: ${this.reason}. Ask again when 'connect' is told`
      this.onNews({ kind: 'error', id, error: { code: DISCONNECTED, message } })
    }
  }
}

const nothing = (): void => undefined
