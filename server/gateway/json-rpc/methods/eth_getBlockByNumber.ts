import { method } from '../method.ts'
import { blockJson } from '../../../../src/network/json-rpc/objects/block-json.ts'
import { blockNumberOrTag } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { flag } from '../../../../src/network/json-rpc/params/param.ts'

/** Of the canonical chain; null past its head. */
export const eth_getBlockByNumber = method({
  params: [blockNumberOrTag, flag],
  run: async ({ chain }, [selector, isWhole]) => {
    const block = await chain.find(selector)
    return block === undefined ? null : blockJson(chain.decoded(block), isWhole ? 'whole' : 'hashes')
  },
})
