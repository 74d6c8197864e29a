import { data } from '../../network/json-rpc/hex.ts'
import { blockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { notFound } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'

/** RLP (EIP-7928), whose keccak256 the header holds; -32001 for a block of a fork without access lists. */
export const debug_getRawBlockAccessList = method({
  class: 'chain',
  params: [blockSelector],
  run: async ({ blocks, view, ask }, [selector]) => {
    const header = await blocks.header(selector, ask)
    const list = await view.accessList(header, ask)
    if (list === undefined) throw notFound(`block ${header.number} has no access list: it is from before EIP-7928`)
    return data(list)
  },
})
