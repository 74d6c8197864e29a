import { blockJson } from '../../network/json-rpc/objects/block-json.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { flag, optional } from '../../network/json-rpc/params/param.ts'
import { method } from '../method.ts'

/** The header by its hash, the body by the header's roots. Null where there is no such block. */
export const eth_getBlockByHash = method({
  class: 'chain',
  params: [hash, optional(flag, false)],
  run: async ({ blocks, ask }, [hash, isWhole]) => {
    const block = await blocks.find({ kind: 'hash', hash, chain: 'any' }, ask)
    return block === undefined ? null : blockJson(block, isWhole ? 'whole' : 'hashes')
  },
})
