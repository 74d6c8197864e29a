/** A connection that stays: messages are answered on it, and subscriptions live and end with it. */
import { randomBytes } from 'node:crypto'
import type { Caller } from '../answer.ts'
import { data } from '../../../../src/network/json-rpc/hex.ts'
import { limitExceeded } from '../../../../src/network/json-rpc/rpc-error.ts'
import type { NewsFeed } from './news-feed.ts'
import type { Subscriber, Topic } from './subscriber.ts'

export interface ConnectOptions {
  /** Takes answers and notifications, in their order. */
  readonly send: (text: string) => void
  /** Notifications that were promised cannot be given any more: the connection has to end, so that the other side knows. */
  readonly fail: (reason: string) => void
  readonly maxSubscriptions: number
  /** Who is at the other end: whose turns its calls take. Default: somebody. */
  readonly client?: string
}

export interface RpcConnection {
  /** Sends the answer, if there is one. Never rejects. */
  receive(body: string | Uint8Array): Promise<void>
  readonly subscriptions: number
  /** Ends its subscriptions, and the work for its messages; nothing is sent any more. */
  close(): void
}

type Answer = (body: string | Uint8Array, caller: Caller) => Promise<string | undefined>

/** Notifications of one subscription that wait for the answer that names it: as many as a long reorganisation has. */
const MAX_HELD = 10_000

interface Subscription {
  readonly stop: () => void
  /** What came before the answer with the id was out: nobody could tell whose it is. Undefined once it is out. */
  held: string[] | undefined
}

export function connect(feed: NewsFeed, options: ConnectOptions, answer: Answer): RpcConnection {
  const subscriptions = new Map<string, Subscription>()
  const gone = new AbortController()

  const send = (text: string): void => {
    if (!gone.signal.aborted) options.send(text)
  }

  function subscribe(topic: Topic): { readonly id: string; readonly subscription: Subscription } {
    if (subscriptions.size >= options.maxSubscriptions) {
      throw limitExceeded(`too many subscriptions: at most ${options.maxSubscriptions} on a connection`)
    }
    const id = data(randomBytes(ID_BYTES))
    const stop = feed.listen(topic, {
      deliver: (result) => {
        const text = notification(id, result)
        if (subscription.held === undefined) send(text)
        else if (subscription.held.push(text) > MAX_HELD) options.fail('too many notifications before the answer')
      },
      fail: options.fail,
    })
    const subscription: Subscription = { stop, held: [] }
    subscriptions.set(id, subscription)
    return { id, subscription }
  }

  function unsubscribe(id: string): boolean {
    subscriptions.get(id)?.stop()
    return subscriptions.delete(id)
  }

  return {
    receive: async (body) => {
      const fresh: Subscription[] = []
      const subscriber: Subscriber = {
        subscribe: (topic) => {
          const { id, subscription } = subscribe(topic)
          fresh.push(subscription)
          return id
        },
        unsubscribe,
      }
      const text = await answer(body, { client: options.client ?? '', gone: gone.signal, subscriber })
      if (text !== undefined) send(text)
      for (const subscription of fresh) {
        for (const held of subscription.held ?? []) send(held)
        subscription.held = undefined
      }
    },
    get subscriptions() {
      return subscriptions.size
    },
    close: () => {
      gone.abort()
      for (const id of subscriptions.keys()) unsubscribe(id)
    },
  }
}

/** As long as geth's, and as hard to guess. */
const ID_BYTES = 16

const notification = (id: string, result: string): string =>
  `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${result}}}`
