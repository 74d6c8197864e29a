import { suggestedTip } from '../fees/suggested-tip.ts'
import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'

/** Wei: a tip that should do, over the base fee of the head. */
export const eth_gasPrice = method({
  params: [],
  run: async (context) => {
    const { baseFeePerGas } = decodeHeader((await context.source.status()).head.header)
    return quantity((baseFeePerGas ?? 0n) + (await suggestedTip(context)))
  },
})
