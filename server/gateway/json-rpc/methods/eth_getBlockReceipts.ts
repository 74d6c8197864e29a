import { method } from '../method.ts'
import { blockReceiptsJson } from '../../../../src/network/json-rpc/objects/receipt-json.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'

/** Null where there is no such block. */
export const eth_getBlockReceipts = method({
  params: [blockSelector],
  run: async ({ chain, source, crypto }, [selector]) => {
    const block = await chain.find(selector)
    if (block === undefined) return null
    const decoded = chain.decoded(block)
    const tools = { schedule: source.network.execution, crypto }
    return blockReceiptsJson(decoded, await chain.receipts(decoded), tools)
  },
})
