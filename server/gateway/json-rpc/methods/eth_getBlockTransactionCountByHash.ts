import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'

export const eth_getBlockTransactionCountByHash = method({
  params: [hash],
  run: async ({ chain }, [hash]) => {
    const block = await chain.find({ kind: 'hash', hash, chain: 'any' })
    return block === undefined ? null : quantity(chain.decoded(block).transactions.length)
  },
})
