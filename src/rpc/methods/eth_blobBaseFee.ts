import { blobGasPrice } from '../../network/json-rpc/fees/blob-fees.ts'
import { quantity } from '../../network/json-rpc/hex.ts'
import { decodeHeader } from '../../network/json-rpc/objects/header.ts'
import { method } from '../method.ts'

/** Wei per unit of blob gas in the head; null before Cancun. */
export const eth_blobBaseFee = method({
  class: 'chain',
  params: [],
  run: async ({ blocks, network, ask }) => {
    const head = await blocks.header({ kind: 'tag', tag: 'latest' }, ask)
    const { blob, timestamp } = decodeHeader(head.rlp)
    return blob === undefined ? null : quantity(blobGasPrice(network.execution, timestamp, blob.excessGas))
  },
})
