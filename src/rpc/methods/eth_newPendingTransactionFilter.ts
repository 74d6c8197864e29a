import { method } from '../method.ts'
import { pendingUnsupported } from '../subscriptions/subscriber.ts'

/** Refused by 4200: nothing proves what waits in a pool, and an empty list would be a lie. */
export const eth_newPendingTransactionFilter = method({
  class: 'local',
  params: [],
  run: () => {
    throw pendingUnsupported()
  },
})
