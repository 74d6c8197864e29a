import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'

/** EIP-2718, as in the transactions trie; no bytes where no block that is known has it, as in geth. */
export const debug_getRawTransaction = method({
  params: [hash],
  run: async ({ chain }, [hash]) => {
    const place = await chain.locate(hash)
    return place === undefined ? '0x' : data(place.block.transactions[place.index]!.encoded)
  },
})
