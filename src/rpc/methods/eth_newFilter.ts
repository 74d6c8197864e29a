import { logFilter } from '../../network/json-rpc/params/log-filter.ts'
import { invalidParams } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'
import { required } from '../subscriptions/subscriber.ts'

/** Remembers which blocks come and go; their logs are proven when they are asked for. Privacy: asks nobody. */
export const eth_newFilter = method({
  class: 'local',
  params: [logFilter],
  run: ({ subscriber, ask }, [filter]) => {
    const { place } = filter
    if (place.kind === 'range' && place.from.kind === 'number' && place.to.kind === 'number')
      if (place.from.number > place.to.number) throw invalidParams('invalid block range params')
    const { filters, feed } = required(subscriber)
    return filters.add({ kind: 'logs', filter }, ask.signal, feed)
  },
})
