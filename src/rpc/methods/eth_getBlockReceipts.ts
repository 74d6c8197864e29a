import { blockReceiptsJson } from '../../network/json-rpc/objects/receipt-json.ts'
import { blockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { method } from '../method.ts'

/** Proven by the header's receipts root, or of own execution; null where there is no such block. */
export const eth_getBlockReceipts = method({
  class: 'chain',
  params: [blockSelector],
  run: async ({ blocks, network, crypto, ask }, [selector]) => {
    const header = await blocks.findHeader(selector, ask)
    if (header === undefined) return null
    const [block, receipts] = [await blocks.block(header, ask), await blocks.receipts(header, ask)]
    return blockReceiptsJson(block, receipts, { schedule: network.execution, crypto })
  },
})
