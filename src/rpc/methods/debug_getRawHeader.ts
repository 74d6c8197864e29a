import { data } from '../../network/json-rpc/hex.ts'
import { blockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { method } from '../method.ts'

/** RLP, whose keccak256 is the block's hash. */
export const debug_getRawHeader = method({
  class: 'chain',
  params: [blockSelector],
  run: async ({ blocks, ask }, [selector]) => data((await blocks.header(selector, ask)).rlp),
})
