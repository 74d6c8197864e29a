import { nextBaseFee } from '../../../../src/network/json-rpc/fees/base-fee.ts'
import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'

/** Of the next block, in wei; null where that is before London. */
export const eth_baseFee = method({
  params: [],
  run: async ({ source }) => {
    const { head } = await source.status()
    const fee = nextBaseFee(source.network.execution, decodeHeader(head.header))
    return fee === undefined ? null : quantity(fee)
  },
})
