import { blobGasPrice } from '../../../../src/network/json-rpc/fees/blob-fees.ts'
import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'

/** Wei per unit of blob gas in the head; null before Cancun. */
export const eth_blobBaseFee = method({
  params: [],
  run: async ({ source }) => {
    const { blob, timestamp } = decodeHeader((await source.status()).head.header)
    return blob === undefined ? null : quantity(blobGasPrice(source.network.execution, timestamp, blob.excessGas))
  },
})
