import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { blockNumberOrTag } from '../../../../src/network/json-rpc/params/block-selector.ts'

export const eth_getBlockTransactionCountByNumber = method({
  params: [blockNumberOrTag],
  run: async ({ chain }, [selector]) => {
    const block = await chain.find(selector)
    return block === undefined ? null : quantity(chain.decoded(block).transactions.length)
  },
})
