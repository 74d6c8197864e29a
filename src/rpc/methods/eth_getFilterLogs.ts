import { listenerId } from '../../network/json-rpc/params/subscription.ts'
import { findLogs } from '../logs/find-logs.ts'
import { method } from '../method.ts'
import { filterNotFound } from '../subscriptions/filters.ts'
import { required } from '../subscriptions/subscriber.ts'

/** As `eth_getLogs` with what the filter was made of, and with its verification. */
export const eth_getFilterLogs = method({
  class: 'chain',
  params: [listenerId],
  run: (context, [id]) => {
    const kind = required(context.subscriber).filters.kindOf(id)
    // As geth: a filter of blocks has no logs.
    if (kind.kind === 'blocks') throw filterNotFound()
    return findLogs(kind.filter, context)
  },
})
