import { quantity } from '../../network/json-rpc/hex.ts'
import { suggestedTip } from '../suggested-tip.ts'
import { method } from '../method.ts'

/** Wei: what transactions of the newest blocks paid, by geth's oracle. */
export const eth_maxPriorityFeePerGas = method({
  class: 'chain',
  params: [],
  run: async (context) =>
    quantity(await suggestedTip(context, await context.blocks.header({ kind: 'tag', tag: 'latest' }, context.ask))),
})
