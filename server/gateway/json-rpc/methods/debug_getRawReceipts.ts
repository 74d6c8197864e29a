import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'

/** As in the receipts trie, in the order of transactions. */
export const debug_getRawReceipts = method({
  params: [blockSelector],
  run: async ({ chain }, [selector]) => (await chain.rawReceipts(await chain.get(selector))).map(data),
})
