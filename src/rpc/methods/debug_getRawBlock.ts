import { data } from '../../network/json-rpc/hex.ts'
import { blockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { method } from '../method.ts'

/** RLP of header, transactions, uncles and withdrawals; the body by the header's roots. */
export const debug_getRawBlock = method({
  class: 'chain',
  params: [blockSelector],
  run: async ({ blocks, ask }, [selector]) =>
    data((await blocks.block(await blocks.header(selector, ask), ask)).block.rlp),
})
