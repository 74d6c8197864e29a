import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { address } from '../../../../src/network/json-rpc/params/hex.ts'

/** `0x` where the account has none. */
export const eth_getCode = method({
  params: [address, latestOr],
  run: async ({ chain, source }, [address, selector]) =>
    data(await source.codeOf(await chain.getHeader(selector), address)),
})
