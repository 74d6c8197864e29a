import { quantity } from '../hex.ts'
import { method } from '../method.ts'
import { latestOr } from '../params/block-selector.ts'
import { address } from '../params/hex.ts'

/** The nonce of the account. */
export const eth_getTransactionCount = method({
  params: [address, latestOr],
  run: async ({ chain, source }, [address, selector]) =>
    quantity((await source.accountProof(await chain.getHeader(selector), address, [])).nonce),
})
