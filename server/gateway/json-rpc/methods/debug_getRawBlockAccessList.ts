import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { notFound } from '../../../../src/network/json-rpc/rpc-error.ts'

/** RLP (EIP-7928): keccak256 of it is in the header. */
export const debug_getRawBlockAccessList = method({
  params: [blockSelector],
  run: async ({ chain, source }, [selector]) => {
    const block = await chain.get(selector)
    const list = await source.blockAccessList(block.hash)
    if (list === undefined) throw notFound(`block ${block.number} has no access list`)
    return data(list)
  },
})
