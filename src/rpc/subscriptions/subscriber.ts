/** What one session listens to: its subscriptions and its filters, over one feed of the chain. */
import { notificationsUnsupported, RpcError } from '../../network/json-rpc/rpc-error.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import type { SessionNews } from '../session-messages.ts'
import { ChainFeed } from './chain-feed.ts'
import { Filters } from './filters.ts'
import { Subscriptions } from './subscriptions.ts'

export interface Subscriber {
  readonly subscriptions: Subscriptions
  readonly filters: Filters
  /** Whenever the signed head or the executed one is another, and when reads begin or cease to be answered. */
  headChanged(): void
  /** After each answer is out: what it names is told of from then on. */
  answered(news: SessionNews): void
  close(): void
}

export interface SubscriberOptions {
  readonly setting: RpcSetting
  /** To the provider; must not throw. */
  readonly send: (news: SessionNews) => void
}

export function createSubscriber({ setting, send }: SubscriberOptions): Subscriber {
  const feed = new ChainFeed(setting.view, setting.clock)
  const subscriptions = new Subscriptions({ setting, feed, send })
  const filters = new Filters(setting, feed)
  return {
    ...{ subscriptions, filters },
    headChanged() {
      subscriptions.headChanged()
      feed.headChanged()
    },
    answered(news) {
      if (news.kind === 'result') subscriptions.answered(news.result)
    },
    close() {
      subscriptions.close()
      filters.close()
      feed.close()
    },
  }
}

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
