/**
 * Ids of the subscriptions that this provider made. Other tabs, and other providers of this one, share the node: their
 * notifications are none of this dapp's affair, nor may it end them.
 */
import type { Json } from '../network/json-rpc/json.ts'
import type { JsonParams } from '../rpc/session-messages.ts'
import { CODES, ProviderRpcError } from './provider-rpc-error.ts'

/** A page of many components has dozens; each costs a message a block. */
export const MAX_SUBSCRIPTIONS = 1_000

export class Subscriptions {
  private readonly ids = new Set<string>()
  /** Asked for, and not there yet. */
  private coming = 0

  has(id: string): boolean {
    return this.ids.has(id)
  }

  /** One is asked for; {@link made} or {@link refused} follows. @throws {ProviderRpcError} */
  begin(): void {
    if (this.ids.size + this.coming >= MAX_SUBSCRIPTIONS) {
      const text = `${MAX_SUBSCRIPTIONS} subscriptions are there: end some with eth_unsubscribe`
      throw new ProviderRpcError(CODES.limitExceeded, text)
    }
    this.coming += 1
  }

  /** The node may tell of it from now on. */
  made(id: Json): void {
    this.coming -= 1
    if (typeof id === 'string') this.ids.add(id)
  }

  refused(): void {
    this.coming -= 1
  }

  /** In words of geth's, which clients match. @throws {ProviderRpcError} for one that is not this provider's */
  mustHave(params: JsonParams | undefined): string {
    const id: unknown = Array.isArray(params) ? (params as readonly unknown[])[0] : undefined
    if (typeof id === 'string' && this.ids.has(id)) return id
    throw new ProviderRpcError(SUBSCRIPTION_NOT_FOUND, 'subscription not found')
  }

  delete(id: string): void {
    this.ids.delete(id)
  }
}

const SUBSCRIPTION_NOT_FOUND = -32000
