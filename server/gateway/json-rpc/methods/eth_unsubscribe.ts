import { method } from '../method.ts'
import type { Param } from '../../../../src/network/json-rpc/params/param.ts'
import { ParamError } from '../../../../src/network/json-rpc/params/param.ts'
import { notificationsUnsupported, RpcError } from '../../../../src/network/json-rpc/rpc-error.ts'

const subscriptionId: Param<string> = {
  read: (value) => {
    if (typeof value === 'string') return value
    throw new ParamError('expected the id of a subscription')
  },
}

export const eth_unsubscribe = method({
  params: [subscriptionId],
  run: ({ subscriber }, [id]) => {
    if (subscriber === undefined) throw notificationsUnsupported()
    if (subscriber.unsubscribe(id)) return true
    // geth's code and words.
    throw new RpcError(-32000, 'subscription not found')
  },
})
