import { data } from '../hex.ts'
import { method } from '../method.ts'
import { latestOr } from '../params/block-selector.ts'
import { address } from '../params/hex.ts'

/** `0x` where the account has none. */
export const eth_getCode = method({
  params: [address, latestOr],
  run: async ({ chain, source }, [address, selector]) =>
    data(await source.codeOf(await chain.getHeader(selector), address)),
})
