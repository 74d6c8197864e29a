import { data } from '../../network/json-rpc/hex.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'
import { encodedOf, findTransaction } from '../sending/find-transaction.ts'

/** As {@link eth_getTransactionByHash}, as it stands in the transactions trie: of a blob transaction, without its blobs. */
export const eth_getRawTransactionByHash = method({
  class: 'chain',
  params: [hash],
  run: async (context, [hash]) => {
    const encoded = encodedOf(await findTransaction(hash, context))
    return encoded === undefined ? null : data(encoded)
  },
})
