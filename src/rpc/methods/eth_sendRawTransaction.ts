import { data } from '../../network/json-rpc/hex.ts'
import { data as bytes } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'
import { sendTransaction } from '../sending/send-transaction.ts'

/**
 * Chain, signature, form, gas and fees are checked by its bytes, nonce and balance on the verified state at the head, before
 * any server sees it. Then several are given it; the hash is ours. Unprotected transactions (before EIP-155) are refused, as
 * geth refuses them here. Privacy: those servers learn what is sent, and before that whose account is looked at.
 */
export const eth_sendRawTransaction = method({
  class: 'submit',
  params: [bytes],
  run: async (context, [raw]) => data(await sendTransaction(raw, context)),
})
