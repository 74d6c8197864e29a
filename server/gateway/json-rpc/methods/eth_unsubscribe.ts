import { listenerId } from '../../../../src/network/json-rpc/params/subscription.ts'
import { notificationsUnsupported, RpcError } from '../../../../src/network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'

export const eth_unsubscribe = method({
  params: [listenerId],
  run: ({ subscriber }, [id]) => {
    if (subscriber === undefined) throw notificationsUnsupported()
    if (subscriber.unsubscribe(id)) return true
    // geth's code and words.
    throw new RpcError(-32000, 'subscription not found')
  },
})
