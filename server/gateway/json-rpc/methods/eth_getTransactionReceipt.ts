import { method } from '../method.ts'
import { receiptJson } from '../../../../src/network/json-rpc/objects/receipt-json.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'

/** Of a transaction of the canonical chain; null where no block that is known has it. */
export const eth_getTransactionReceipt = method({
  params: [hash],
  run: async ({ chain, source, crypto }, [hash]) => {
    const place = await chain.locate(hash)
    if (place === undefined) return null
    const tools = { schedule: source.network.execution, crypto }
    return receiptJson(place.block, await chain.receipts(place.block), place.index, tools)
  },
})
