import { method } from '../method.ts'
import { required } from '../subscriptions/subscriber.ts'

/** Remembers the blocks that come, each proven by its child up to a signed head. Privacy: asks nobody. */
export const eth_newBlockFilter = method({
  class: 'local',
  params: [],
  run: ({ subscriber, ask }) => {
    const { filters, feed } = required(subscriber)
    return filters.add({ kind: 'blocks' }, ask.signal, feed)
  },
})
