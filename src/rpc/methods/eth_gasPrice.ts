import { quantity } from '../../network/json-rpc/hex.ts'
import { decodeHeader } from '../../network/json-rpc/objects/header.ts'
import { suggestedTip } from '../suggested-tip.ts'
import { method } from '../method.ts'

/** Wei: a tip that should do, over the base fee of the head. */
export const eth_gasPrice = method({
  class: 'chain',
  params: [],
  run: async (context) => {
    const head = await context.blocks.header({ kind: 'tag', tag: 'latest' }, context.ask)
    return quantity((decodeHeader(head.rlp).baseFeePerGas ?? 0n) + (await suggestedTip(context, head)))
  },
})
