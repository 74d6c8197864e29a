import { quantity } from '../hex.ts'
import { method } from '../method.ts'
import { blockNumberOrTag } from '../params/block-selector.ts'

export const eth_getBlockTransactionCountByNumber = method({
  params: [blockNumberOrTag],
  run: async ({ chain }, [selector]) => {
    const block = await chain.find(selector)
    return block === undefined ? null : quantity(chain.decoded(block).transactions.length)
  },
})
