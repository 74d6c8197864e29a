import { data } from '../../network/json-rpc/hex.ts'
import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { count } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** As in the transactions trie; null where there is no such block, or no such transaction in it. */
export const eth_getRawTransactionByBlockNumberAndIndex = method({
  class: 'chain',
  params: [blockNumberOrTag, count],
  run: async ({ blocks, ask }, [selector, index]) => {
    const encoded = (await blocks.find(selector, ask))?.transactions[index]?.encoded
    return encoded === undefined ? null : data(encoded)
  },
})
