import { method } from '../method.ts'
import { blockJson } from '../../../../src/network/json-rpc/objects/block-json.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'
import { flag } from '../../../../src/network/json-rpc/params/param.ts'

/** By hash, canonical or not; null where there is no such block. */
export const eth_getBlockByHash = method({
  params: [hash, flag],
  run: async ({ chain }, [hash, isWhole]) => {
    const block = await chain.find({ kind: 'hash', hash, chain: 'any' })
    return block === undefined ? null : blockJson(chain.decoded(block), isWhole ? 'whole' : 'hashes')
  },
})
