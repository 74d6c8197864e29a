import { transactionJson } from '../../network/json-rpc/objects/transaction-json.ts'
import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { count } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** Of a body that the header's roots prove; null where there is no such block, or no such transaction in it. */
export const eth_getTransactionByBlockNumberAndIndex = method({
  class: 'chain',
  params: [blockNumberOrTag, count],
  run: async ({ blocks, ask }, [selector, index]) => {
    const block = await blocks.find(selector, ask)
    return block === undefined || index >= block.transactions.length ? null : transactionJson(block, index)
  },
})
