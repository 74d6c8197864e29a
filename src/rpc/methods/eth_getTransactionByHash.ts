import { pendingTransactionJson, transactionJson } from '../../network/json-rpc/objects/transaction-json.ts'
import { hash } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'
import { findTransaction } from '../sending/find-transaction.ts'

/**
 * In a block that proves it: servers say which block that is. Or in none yet: its bytes are proven by the hash, and that no
 * block has it by its sender's nonce; of one that was sent from here nobody is asked. That there is none at all is servers'
 * word, and nobody's proof. Privacy: asks servers about the transaction, and about its sender while it is in no block.
 */
export const eth_getTransactionByHash = method({
  class: 'chain',
  params: [hash],
  run: async (context, [hash]) => {
    const found = await findTransaction(hash, context)
    switch (found.kind) {
      case 'placed':
        return transactionJson(found.place.block, found.place.index)
      case 'pending':
        return pendingTransactionJson(found.transaction)
      case 'nowhere':
        return null
    }
  },
})
