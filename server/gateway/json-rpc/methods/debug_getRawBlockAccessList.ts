import { data } from '../hex.ts'
import { method } from '../method.ts'
import { blockSelector } from '../params/block-selector.ts'
import { notFound } from '../rpc-error.ts'

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
