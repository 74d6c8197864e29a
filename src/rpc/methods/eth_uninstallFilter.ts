import { listenerId } from '../../network/json-rpc/params/subscription.ts'
import { method } from '../method.ts'
import { required } from '../subscriptions/subscriber.ts'

/** Whether there was such a filter. Asks nobody. */
export const eth_uninstallFilter = method({
  class: 'local',
  params: [listenerId],
  run: ({ subscriber }, [id]) => required(subscriber).filters.remove(id),
})
