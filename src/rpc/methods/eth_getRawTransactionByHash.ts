import { data } from '../../network/json-rpc/hex.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** As {@link eth_getTransactionByHash}, as it stands in the transactions trie. */
export const eth_getRawTransactionByHash = method({
  class: 'chain',
  params: [hash],
  run: async ({ blocks, ask }, [hash]) => {
    const place = await blocks.locate(hash, ask)
    return place === undefined ? null : data(place.block.transactions[place.index]!.encoded)
  },
})
