import { data } from '../hex.ts'
import { method } from '../method.ts'
import { blockSelector } from '../params/block-selector.ts'

/** RLP. The whole block: header, transactions, uncles, withdrawals. */
export const debug_getRawBlock = method({
  params: [blockSelector],
  run: async ({ chain }, [selector]) => data((await chain.get(selector)).rlp),
})
