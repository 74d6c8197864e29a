import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { address } from '../../../../src/network/json-rpc/params/hex.ts'

export const eth_getBalance = method({
  params: [address, latestOr],
  run: async ({ chain, source }, [address, selector]) =>
    quantity((await source.accountProof(await chain.getHeader(selector), address, [])).balance),
})
