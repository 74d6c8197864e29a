import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'

export const eth_blockNumber = method({
  params: [],
  run: async ({ source }) => quantity((await source.status()).head.number),
})
