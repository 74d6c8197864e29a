import { quantity } from '../../network/json-rpc/hex.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** Of a body that the header's roots prove; null where there is no such block. */
export const eth_getBlockTransactionCountByHash = method({
  class: 'chain',
  params: [hash],
  run: async ({ blocks, ask }, [hash]) => {
    const block = await blocks.find({ kind: 'hash', hash, chain: 'any' }, ask)
    return block === undefined ? null : quantity(block.transactions.length)
  },
})
