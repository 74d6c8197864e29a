import { method } from '../method.ts'
import { blockAccessListJson } from '../../../../src/network/json-rpc/objects/block-access-list-json.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { notFound } from '../../../../src/network/json-rpc/rpc-error.ts'

/** EIP-7928; null where there is no such block. */
export const eth_getBlockAccessList = method({
  params: [blockSelector],
  run: async ({ chain, source }, [selector]) => {
    const block = await chain.find(selector)
    if (block === undefined) return null
    const list = await source.blockAccessList(block.hash)
    if (list === undefined) throw notFound(`block ${block.number} has no access list`)
    return blockAccessListJson(list)
  },
})
