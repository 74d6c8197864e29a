/** What a connection that stays may ask for: `eth_subscribe`, as geth and all wallets have it (it is in no specification). */
import type { LogCriteria } from '../../../../src/network/json-rpc/params/log-filter.ts'

export type Topic =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'newPendingTransactions' }
  | { readonly kind: 'logs'; readonly criteria: LogCriteria }

export interface Subscriber {
  /** @returns the subscription's id. @throws {RpcError} -32005 where there are too many */
  subscribe(topic: Topic): string
  /** Whether there was such a subscription. */
  unsubscribe(id: string): boolean
}
