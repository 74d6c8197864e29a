import { quantity } from '../hex.ts'
import { method } from '../method.ts'
import { latestOr } from '../params/block-selector.ts'
import { address } from '../params/hex.ts'

export const eth_getBalance = method({
  params: [address, latestOr],
  run: async ({ chain, source }, [address, selector]) =>
    quantity((await source.accountProof(await chain.getHeader(selector), address, [])).balance),
})
