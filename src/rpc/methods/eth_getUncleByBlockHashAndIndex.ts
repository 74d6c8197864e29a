import { uncleJson } from '../../network/json-rpc/objects/block-json.ts'
import { count, hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/**
 * The header of an ommer: of a body whose ommers the header's `sha3Uncles` proves. Null where there is no such block, or no such
 * ommer in it, as in every block since the merge.
 */
export const eth_getUncleByBlockHashAndIndex = method({
  class: 'chain',
  params: [hash, count],
  run: async ({ blocks, ask }, [hash, index]) => {
    const block = await blocks.find({ kind: 'hash', hash, chain: 'any' }, ask)
    return block === undefined ? null : uncleJson(block, index)
  },
})
