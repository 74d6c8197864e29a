import { noSuchTopic, readTopic } from '../../../../src/network/json-rpc/params/subscription.ts'
import { notificationsUnsupported } from '../../../../src/network/json-rpc/rpc-error.ts'
import type { Method } from '../method.ts'

/** Over connections that stay: new heads, logs, hashes of transactions that the pool took. The id is the answer. */
export const eth_subscribe: Method = {
  call: ({ subscriber }, params) => {
    if (subscriber === undefined) throw notificationsUnsupported()
    const topic = readTopic(params)
    // What is served here is never behind.
    if (topic.kind === 'syncing') throw noSuchTopic(topic.kind)
    return subscriber.subscribe(topic)
  },
}
