import { data } from '../../network/json-rpc/hex.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { notFound } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'
import { encodedOf, findTransaction } from '../sending/find-transaction.ts'

/** As {@link eth_getRawTransactionByHash}; geth has no null here. */
export const debug_getRawTransaction = method({
  class: 'chain',
  params: [hash],
  run: async (context, [hash]) => {
    const encoded = encodedOf(await findTransaction(hash, context))
    if (encoded === undefined) throw notFound('transaction not found')
    return data(encoded)
  },
})
