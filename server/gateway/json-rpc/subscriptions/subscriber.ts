/** What a connection that stays may ask for: `eth_subscribe`. */
import type { Topic as AnyTopic } from '../../../../src/network/json-rpc/params/subscription.ts'

export type Topic = Exclude<AnyTopic, { readonly kind: 'syncing' }>

export interface Subscriber {
  /** @returns the subscription's id. @throws {RpcError} -32005 where there are too many */
  subscribe(topic: Topic): string
  /** Whether there was such a subscription. */
  unsubscribe(id: string): boolean
}
