import { listenerId } from '../../network/json-rpc/params/subscription.ts'
import { method } from '../method.ts'
import { required } from '../subscriptions/subscriber.ts'

/**
 * Hashes of blocks that came, or logs of blocks that came and (`removed`) went, since it was asked last: none is left out,
 * also where heads were skipped. Logs are proven as those of `eth_getLogs`; what cannot be had now is told the next time.
 * Privacy: servers see which blocks are read, never the filter; of blocks executed here they are not asked.
 */
export const eth_getFilterChanges = method({
  class: 'chain',
  params: [listenerId],
  run: ({ subscriber, ask }, [id]) => required(subscriber).filters.changes(id, ask),
})
