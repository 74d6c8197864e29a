import { quantity } from '../../network/json-rpc/hex.ts'
import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { method } from '../method.ts'

/** Of a body that the header's roots prove; null where there is no such block. */
export const eth_getBlockTransactionCountByNumber = method({
  class: 'chain',
  params: [blockNumberOrTag],
  run: async ({ blocks, ask }, [selector]) => {
    const block = await blocks.find(selector, ask)
    return block === undefined ? null : quantity(block.transactions.length)
  },
})
