import { method } from '../method.ts'
import { blockJson } from '../objects/block-json.ts'
import { blockNumberOrTag } from '../params/block-selector.ts'
import { flag } from '../params/param.ts'

/** Of the canonical chain; null past its head. */
export const eth_getBlockByNumber = method({
  params: [blockNumberOrTag, flag],
  run: async ({ chain }, [selector, isWhole]) => {
    const block = await chain.find(selector)
    return block === undefined ? null : blockJson(chain.decoded(block), isWhole ? 'whole' : 'hashes')
  },
})
