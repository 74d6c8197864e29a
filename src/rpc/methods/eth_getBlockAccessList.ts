import { blockAccessListJson } from '../../network/json-rpc/objects/block-access-list-json.ts'
import { blockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { notFound } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'

/**
 * EIP-7928: by the hash of the list that the header holds. Null where there is no such block, -32001 for one of a fork
 * without access lists.
 */
export const eth_getBlockAccessList = method({
  class: 'chain',
  params: [blockSelector],
  run: async ({ blocks, view, ask }, [selector]) => {
    const header = await blocks.findHeader(selector, ask)
    if (header === undefined) return null
    const list = await view.accessList(header, ask)
    if (list === undefined) throw notFound(`block ${header.number} has no access list: it is from before EIP-7928`)
    return blockAccessListJson(list)
  },
})
