import { data } from '../../network/json-rpc/hex.ts'
import { blockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { method } from '../method.ts'

/** As in the receipts trie, whose root is in the header. */
export const debug_getRawReceipts = method({
  class: 'chain',
  params: [blockSelector],
  run: async ({ blocks, ask }, [selector]) =>
    (await blocks.rawReceipts(await blocks.header(selector, ask), ask)).map(data),
})
