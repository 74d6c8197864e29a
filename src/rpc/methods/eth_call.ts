import { data } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { runCall, unread } from '../message-call.ts'
import { method } from '../method.ts'

/**
 * Executed here, on state that is proven value by value or was executed here; what a run lacks is fetched together, and no
 * answer comes from a run that guessed. A revert is error 3 with its data.
 * Privacy: servers learn which accounts and slots the call reads, where those are not at hand; never its input.
 */
export const eth_call = method({
  class: 'evm',
  params: [unread, latestOr, optional(unread, undefined), optional(unread, undefined)],
  run: async (context, [call, selector, stateOverrides, blockOverrides]) => {
    const answer = await runCall('call', context, { call, stateOverrides, blockOverrides }, selector)
    return answer.kind === 'output' ? data(answer.output) : null
  },
})
