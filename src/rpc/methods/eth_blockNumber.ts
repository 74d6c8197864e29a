import { quantity } from '../../network/json-rpc/hex.ts'
import { method } from '../method.ts'

/** Of `latest`: the newest block that is proven, or executed here. */
export const eth_blockNumber = method({
  class: 'chain',
  params: [],
  run: async ({ blocks, ask }) => quantity((await blocks.header({ kind: 'tag', tag: 'latest' }, ask)).number),
})
