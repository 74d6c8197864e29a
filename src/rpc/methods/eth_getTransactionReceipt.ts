import { receiptJson } from '../../network/json-rpc/objects/receipt-json.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/**
 * Rebuilt from all receipts of its block, which its header's root proves, or from own execution.
 * Privacy: asks a server about the transaction.
 */
export const eth_getTransactionReceipt = method({
  class: 'chain',
  params: [hash],
  run: async ({ blocks, network, crypto, ask }, [hash]) => {
    const place = await blocks.locate(hash, ask)
    if (place === undefined) return null
    const tools = { schedule: network.execution, crypto }
    return receiptJson(place.block, await blocks.receipts(place.header, ask), place.index, tools)
  },
})
