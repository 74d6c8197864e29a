/**
 * One provider's side of the node: hears its calls, answers each once, and tells it whether reads can be answered.
 *
 * Always: at most {@link MAX_UNDER_WAY} requests are worked on; what comes on top is refused at once. A cancelled request is
 * given up with all that was fetched for it alone. After {@link RpcSession.close} nothing is told any more.
 */
import { quantity } from '../network/json-rpc/hex.ts'
import { limitExceeded } from '../network/json-rpc/rpc-error.ts'
import { answerRequest, type AnswerTools } from './answer-request.ts'
import { createSubscriber, type Subscriber } from './subscriptions/subscriber.ts'
import { resumeSent } from './sending/resume-sent.ts'
import { readSessionCall, type SessionCall, type SessionNews } from './session-messages.ts'

/** As many as a provider lets through; another tab of the origin may be no provider of ours. */
const MAX_UNDER_WAY = 1_000

/** ms between looks at the head's age: a slot is twelve seconds. */
const LOOK_MS = 1_000

export interface RpcSessionOptions {
  readonly tools: AnswerTools
  /** To the provider; must not throw. */
  readonly send: (news: SessionNews) => void
}

export class RpcSession {
  private readonly underWay = new Map<number, AbortController>()
  /** Why reads cannot be answered, as it was told last; empty: that they can. */
  private told: string | undefined
  private isClosed = false
  private stopLooking: () => void = () => undefined
  private readonly subscriber: Subscriber

  constructor(private readonly options: RpcSessionOptions) {
    const { tools } = options
    this.subscriber = createSubscriber({ setting: tools.setting, send: (news) => this.send(news) })
    this.look()
  }

  /** @param message as it came; what is no call is passed over */
  hear(message: unknown): void {
    const call = readSessionCall(message)
    if (call === undefined || this.isClosed) return
    switch (call.kind) {
      case 'look':
        return this.tellAgain()
      case 'cancel':
        return this.cancel(call.id)
      case 'sent':
        return resumeSent(call, this.options.tools.setting)
      case 'request':
        return void this.answer(call)
    }
  }

  /** The head is another, or there is none any more. */
  headChanged(): void {
    if (this.isClosed) return
    this.subscriber.headChanged()
    const { view, network } = this.options.tools.setting
    const reason = view.heads.reason()
    if (this.told === (reason ?? '')) return
    this.told = reason ?? ''
    this.send(reason === undefined ? { kind: 'ready', chainId: quantity(network.chainId) } : { kind: 'stale', reason })
  }

  /** Whoever asks may not have been there when it was told. */
  tellAgain(): void {
    this.told = undefined
    this.headChanged()
  }

  /** Ends it for a reason that is not the provider's: that one is told, and may open another. */
  evict(reason: string): void {
    this.send({ kind: 'closed', reason })
    this.close()
  }

  close(): void {
    this.isClosed = true
    this.stopLooking()
    this.subscriber.close()
    for (const work of this.underWay.values()) work.abort(new Error('the session is closed'))
  }

  private async answer(request: Extract<SessionCall, { readonly kind: 'request' }>): Promise<void> {
    const { id } = request
    if (this.underWay.size >= MAX_UNDER_WAY || this.underWay.has(id)) return this.refuse(id)
    const work = new AbortController()
    this.underWay.set(id, work)
    const news = await answerRequest(request, this.options.tools, {
      cancelled: work.signal,
      subscriber: this.subscriber,
    })
    this.underWay.delete(id)
    this.send(news)
    this.subscriber.answered(news, request)
  }

  /** The answer may be out already, and on its way to somebody who has given it up. */
  private cancel(id: number): void {
    const work = this.underWay.get(id)
    if (work === undefined) this.subscriber.cancelled(id)
    else work.abort(new Error('the request was cancelled'))
  }

  private refuse(id: number): void {
    const { code, message } = limitExceeded(`${this.underWay.size} requests are under way, or one of them has id ${id}`)
    this.send({ kind: 'error', id, error: { code, message } })
  }

  private send(news: SessionNews): void {
    if (!this.isClosed) this.options.send(news)
  }

  /** A head gets too old without anything happening. */
  private look(): void {
    this.headChanged()
    this.stopLooking = this.options.tools.setting.clock.after(LOOK_MS, () => this.look())
  }
}
