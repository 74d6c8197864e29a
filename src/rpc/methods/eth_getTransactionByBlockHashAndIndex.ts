import { transactionJson } from '../../network/json-rpc/objects/transaction-json.ts'
import { count, hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** Of a body that the header's roots prove; null where there is no such block, or no such transaction in it. */
export const eth_getTransactionByBlockHashAndIndex = method({
  class: 'chain',
  params: [hash, count],
  run: async ({ blocks, ask }, [hash, index]) => {
    const block = await blocks.find({ kind: 'hash', hash, chain: 'any' }, ask)
    return block === undefined || index >= block.transactions.length ? null : transactionJson(block, index)
  },
})
