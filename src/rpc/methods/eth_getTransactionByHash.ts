import { transactionJson } from '../../network/json-rpc/objects/transaction-json.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/**
 * In a block that proves it. Servers say which block that is; that none has it is their word, and nobody's proof.
 * Privacy: asks a server about the transaction.
 */
export const eth_getTransactionByHash = method({
  class: 'chain',
  params: [hash],
  run: async ({ blocks, ask }, [hash]) => {
    const place = await blocks.locate(hash, ask)
    return place === undefined ? null : transactionJson(place.block, place.index)
  },
})
