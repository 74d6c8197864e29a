import { readTopic } from '../../network/json-rpc/params/subscription.ts'
import type { Method } from '../method.ts'
import { pendingUnsupported, required } from '../subscriptions/subscriber.ts'

/**
 * `newHeads`: each block that becomes part of the chain below a signed head, none skipped. `logs`: those of such blocks,
 * complete and proven by their receipts' roots; a reorganization takes back first (`removed`), newest block first.
 * `syncing`: when answers cease and begin. `newPendingTransactions` is refused by 4200: nothing proves a pool.
 * Privacy: for logs, servers see that the receipts of new blocks are read, unless they are executed here; never the filter.
 */
export const eth_subscribe: Method = {
  class: 'local',
  call: async ({ subscriber, ask }, params) => {
    const topic = readTopic(params)
    if (topic.kind === 'newPendingTransactions') throw pendingUnsupported()
    const { subscriptions, feed } = required(subscriber)
    return subscriptions.subscribe(topic, ask.signal, feed)
  },
}
