import { data, quantity } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { runCall, unread } from '../message-call.ts'
import { method } from '../method.ts'

/** What the call touches, executed here as {@link eth_call}; of a call that fails, what it touched until then. */
export const eth_createAccessList = method({
  class: 'evm',
  params: [unread, latestOr, optional(unread, undefined)],
  run: async (context, [call, selector, stateOverrides]) => {
    const answer = await runCall('createAccessList', context, { call, stateOverrides }, selector)
    if (answer.kind !== 'access-list') return null
    const { accessList, gasUsed, error } = answer.list
    return {
      accessList: accessList.map(({ address, slots }) => ({ address: data(address), storageKeys: slots.map(data) })),
      gasUsed: quantity(gasUsed),
      ...(error !== undefined && { error }),
    }
  },
})
