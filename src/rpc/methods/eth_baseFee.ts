import { nextBaseFee } from '../../network/json-rpc/fees/base-fee.ts'
import { quantity } from '../../network/json-rpc/hex.ts'
import { decodeHeader } from '../../network/json-rpc/objects/header.ts'
import { method } from '../method.ts'

/** Of the next block, in wei: it follows from the head. Null where that is before London. */
export const eth_baseFee = method({
  class: 'chain',
  params: [],
  run: async ({ blocks, network, ask }) => {
    const head = await blocks.header({ kind: 'tag', tag: 'latest' }, ask)
    const fee = nextBaseFee(network.execution, decodeHeader(head.rlp))
    return fee === undefined ? null : quantity(fee)
  },
})
