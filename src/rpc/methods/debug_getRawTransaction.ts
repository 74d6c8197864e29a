import { data } from '../../network/json-rpc/hex.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { notFound } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'

/** As {@link eth_getRawTransactionByHash}; geth has no null here. */
export const debug_getRawTransaction = method({
  class: 'chain',
  params: [hash],
  run: async ({ blocks, ask }, [hash]) => {
    const place = await blocks.locate(hash, ask)
    if (place === undefined) throw notFound('transaction not found')
    return data(place.block.transactions[place.index]!.encoded)
  },
})
