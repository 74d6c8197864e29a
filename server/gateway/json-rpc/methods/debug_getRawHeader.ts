import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'

/** RLP. keccak256 of it is the block hash. */
export const debug_getRawHeader = method({
  params: [blockSelector],
  run: async ({ chain }, [selector]) => data((await chain.getHeader(selector)).header),
})
