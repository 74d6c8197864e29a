import { uncleJson } from '../../network/json-rpc/objects/block-json.ts'
import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { count } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/**
 * The header of an ommer: of a body whose ommers the header's `sha3Uncles` proves. Null where there is no such block, or no such
 * ommer in it, as in every block since the merge.
 */
export const eth_getUncleByBlockNumberAndIndex = method({
  class: 'chain',
  params: [blockNumberOrTag, count],
  run: async ({ blocks, ask }, [selector, index]) => {
    const block = await blocks.find(selector, ask)
    return block === undefined ? null : uncleJson(block, index)
  },
})
