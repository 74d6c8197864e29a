/** What one session listens to: its subscriptions and its filters, over one feed of the chain. */
import { limitExceeded, notificationsUnsupported, RpcError } from '../../network/json-rpc/rpc-error.ts'
import { data } from '../../network/json-rpc/hex.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { Ask } from '../../sync/chain-view/evidence.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import type { SessionCall, SessionNews } from '../session-messages.ts'
import { ChainFeed } from './chain-feed.ts'
import { MAX_FILTERS, MAX_MADE, MAX_SUBSCRIPTIONS } from './constants.ts'
import { Filters } from './filters.ts'
import { Subscriptions } from './subscriptions.ts'

export interface Subscriber {
  readonly subscriptions: Subscriptions
  readonly filters: Filters
  /** What is listened to from now on begins here; undefined: with what comes. */
  readonly feed?: ChainFeed
  /**
   * As this one, for one subscription or filter that goes on after the block of this hash, where another node ended.
   * @throws what {@link ChainView.headerOf} throws
   */
  since(block: Hash, ask: Ask): Promise<Subscriber>
  /** Whenever the signed head or the executed one is another, and when reads begin or cease to be answered. */
  headChanged(): void
  /** After each answer is out: what it names is told of from then on. */
  answered(news: SessionNews, request?: SessionCall): void
  /** The answer to this request was out, and nobody heard it: what it made is not left. */
  cancelled(request: number): void
  close(): void
}

export interface SubscriberOptions {
  readonly setting: RpcSetting
  /** To the provider; must not throw. */
  readonly send: (news: SessionNews) => void
}

export function createSubscriber({ setting, send }: SubscriberOptions): Subscriber {
  const feed = new ChainFeed(setting.view, setting.clock)
  /** Of each subscription and filter that goes on: they need not have ended at the same block. */
  const feeds = new Set([feed])
  const subscriptions = new Subscriptions({ setting, feed, send })
  const filters = new Filters(setting, feed, (id) => send({ kind: 'ended', of: id }))

  /** Ids of subscriptions and filters by the requests that made them, the newest {@link MAX_MADE}. */
  const made = new Map<number, string>()

  const remember = (request: number, result: Json): void => {
    made.delete(request)
    if (typeof result !== 'string' || !(subscriptions.has(result) || filters.has(result))) return
    made.set(request, result)
    const [oldest] = made.keys()
    if (made.size > MAX_MADE && oldest !== undefined) made.delete(oldest)
  }

  const tellPlace = (id: unknown): void => {
    const block = typeof id === 'string' ? filters.placeOf(id) : undefined
    if (block !== undefined) send({ kind: 'told', of: id as string, block: data(block) })
  }

  const subscriber: Subscriber = {
    ...{ subscriptions, filters },
    async since(block, ask) {
      const { header } = await setting.view.headerOf(block, ask)
      ask.signal.throwIfAborted()
      if (feeds.size > MAX_FEEDS) throw limitExceeded(`${MAX_FEEDS} subscriptions and filters go on already`)
      const own = new ChainFeed(setting.view, setting.clock, header)
      feeds.add(own)
      return { ...subscriber, feed: own }
    },
    headChanged() {
      subscriptions.headChanged()
      for (const each of feeds) each.headChanged()
    },
    answered(news, request) {
      if (news.kind !== 'result') return
      subscriptions.answered(news.result)
      remember(news.id, news.result)
      // A filter's changes are told by the answer; it is the filter that was made, or that was asked.
      const { params } = request?.kind === 'request' ? request : { params: undefined }
      tellPlace(news.result)
      if (Array.isArray(params)) tellPlace((params as readonly unknown[])[0])
      if (request?.kind === 'request' && request.since !== undefined) for (const each of feeds) each.headChanged()
    },
    cancelled(request) {
      const id = made.get(request)
      made.delete(request)
      if (id !== undefined && !subscriptions.unsubscribe(id)) filters.remove(id)
    },
    close() {
      subscriptions.close()
      filters.close()
      for (const each of feeds) each.close()
    },
  }
  return subscriber
}

/** One for each that a session may have. */
const MAX_FEEDS = MAX_SUBSCRIPTIONS + MAX_FILTERS

/** @throws {RpcError} -32601 where each call stands alone */
export function required(subscriber: Subscriber | undefined): Subscriber {
  if (subscriber === undefined) throw notificationsUnsupported()
  return subscriber
}

/**
 * EIP-1193: not supported. What waits in a pool is proven by nothing, and an empty list that looks like an answer would be a
 * lie; no server's pool is followed.
 */
export const pendingUnsupported = (): RpcError =>
  new RpcError(4200, 'pending transactions are not told of: nothing proves what waits in a pool. Follow blocks instead')
