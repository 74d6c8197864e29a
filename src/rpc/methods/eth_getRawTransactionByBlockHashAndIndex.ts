import { data } from '../../network/json-rpc/hex.ts'
import { count, hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** As in the transactions trie; null where there is no such block, or no such transaction in it. */
export const eth_getRawTransactionByBlockHashAndIndex = method({
  class: 'chain',
  params: [hash, count],
  run: async ({ blocks, ask }, [hash, index]) => {
    const encoded = (await blocks.find({ kind: 'hash', hash, chain: 'any' }, ask))?.transactions[index]?.encoded
    return encoded === undefined ? null : data(encoded)
  },
})
