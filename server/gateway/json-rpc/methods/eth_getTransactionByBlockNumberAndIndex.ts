import { method } from '../method.ts'
import { transactionJson } from '../../../../src/network/json-rpc/objects/transaction-json.ts'
import { blockNumberOrTag } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { count } from '../../../../src/network/json-rpc/params/hex.ts'

/** Null where there is no such block, or no such transaction in it. */
export const eth_getTransactionByBlockNumberAndIndex = method({
  params: [blockNumberOrTag, count],
  run: async ({ chain }, [selector, index]) => {
    const block = await chain.find(selector)
    if (block === undefined) return null
    const decoded = chain.decoded(block)
    return index < decoded.transactions.length ? transactionJson(decoded, index) : null
  },
})
