import { blockJson } from '../../network/json-rpc/objects/block-json.ts'
import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { flag, optional } from '../../network/json-rpc/params/param.ts'
import { method } from '../method.ts'

/** The header by its hash, the body by the header's roots. Null where there is no such block. */
export const eth_getBlockByNumber = method({
  class: 'chain',
  params: [blockNumberOrTag, optional(flag, false)],
  run: async ({ blocks, ask }, [selector, isWhole]) => {
    const block = await blocks.find(selector, ask)
    return block === undefined ? null : blockJson(block, isWhole ? 'whole' : 'hashes')
  },
})
