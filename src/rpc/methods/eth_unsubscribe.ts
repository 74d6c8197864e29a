import { listenerId } from '../../network/json-rpc/params/subscription.ts'
import { RpcError } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'
import { required } from '../subscriptions/subscriber.ts'

/** Ends a subscription; nothing is told of it any more. Asks nobody. */
export const eth_unsubscribe = method({
  class: 'local',
  params: [listenerId],
  run: ({ subscriber }, [id]) => {
    if (required(subscriber).subscriptions.unsubscribe(id)) return true
    // geth's code and words.
    throw new RpcError(-32000, 'subscription not found')
  },
})
