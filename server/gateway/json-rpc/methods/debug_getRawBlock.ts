import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'

/** RLP. The whole block: header, transactions, uncles, withdrawals. */
export const debug_getRawBlock = method({
  params: [blockSelector],
  run: async ({ chain }, [selector]) => data((await chain.get(selector)).rlp),
})
