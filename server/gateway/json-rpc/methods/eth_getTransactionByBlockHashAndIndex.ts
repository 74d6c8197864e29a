import { method } from '../method.ts'
import { transactionJson } from '../../../../src/network/json-rpc/objects/transaction-json.ts'
import { count, hash } from '../../../../src/network/json-rpc/params/hex.ts'

/** Null where there is no such block, or no such transaction in it. */
export const eth_getTransactionByBlockHashAndIndex = method({
  params: [hash, count],
  run: async ({ chain }, [hash, index]) => {
    const block = await chain.find({ kind: 'hash', hash, chain: 'any' })
    if (block === undefined) return null
    const decoded = chain.decoded(block)
    return index < decoded.transactions.length ? transactionJson(decoded, index) : null
  },
})
