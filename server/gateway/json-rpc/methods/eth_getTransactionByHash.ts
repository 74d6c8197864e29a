import { method } from '../method.ts'
import { transactionJson } from '../../../../src/network/json-rpc/objects/transaction-json.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'

/** Of the canonical chain; null where no block that is known has it. */
export const eth_getTransactionByHash = method({
  params: [hash],
  run: async ({ chain }, [hash]) => {
    const place = await chain.locate(hash)
    return place === undefined ? null : transactionJson(place.block, place.index)
  },
})
