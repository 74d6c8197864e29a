import { receiptJson } from '../../network/json-rpc/objects/receipt-json.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'
import { placeOf } from '../sending/find-transaction.ts'

/**
 * Rebuilt from all receipts of its block, which its header's root proves, or from own execution. Null while it is in no
 * block. Privacy: asks a server about the transaction, unless it was sent from here.
 */
export const eth_getTransactionReceipt = method({
  class: 'chain',
  params: [hash],
  run: async (context, [hash]) => {
    const { blocks, network, crypto, ask } = context
    const place = await placeOf(hash, context)
    if (place === undefined) return null
    const tools = { schedule: network.execution, crypto }
    return receiptJson(place.block, await blocks.receipts(place.header, ask), place.index, tools)
  },
})
