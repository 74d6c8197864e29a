import { quantity } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { runCall, unread } from '../message-call.ts'
import { method } from '../method.ts'

/** The least gas with which the call comes through, by geth's search, executed here as {@link eth_call}. */
export const eth_estimateGas = method({
  class: 'evm',
  params: [unread, latestOr, optional(unread, undefined), optional(unread, undefined)],
  run: async (context, [call, selector, stateOverrides, blockOverrides]) => {
    const answer = await runCall('estimateGas', context, { call, stateOverrides, blockOverrides }, selector)
    return answer.kind === 'gas' ? quantity(answer.gas) : null
  },
})
