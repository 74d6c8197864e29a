import { asAddress } from '../../chain/bytes.ts'
import { JsonInput } from '../../execution/call/json/json-input.ts'
import { readCall } from '../../execution/call/json/read-call.ts'
import type { TransactionCall } from '../../execution/call/transaction-call.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { LATEST } from '../../network/json-rpc/params/block-selector.ts'
import { filledJson } from '../filled-transaction.ts'
import { runOn, unread } from '../message-call.ts'
import { method, type RpcContext } from '../method.ts'
import { nextNonce } from '../sending/next-nonce.ts'
import { suggestedTip } from '../suggested-tip.ts'

/**
 * A transaction with what was left out of it: the nonce as {@link eth_getTransactionCount} has it at `pending`, gas by executing it
 * here on the proven state of the head, fees by the head and what the newest blocks paid. It is not signed and not sent.
 */
export const eth_fillTransaction = method({
  class: 'evm',
  params: [unread],
  run: async (context, [transaction]) => {
    const call = readCall(new JsonInput(transaction, 'argument 0'))
    const head = await context.blocks.header(LATEST, context.ask)
    const [nonce, tip] = await Promise.all([nonceFor(call, context, head), tipFor(call, context, head)])
    const answer = await runOn(context, { method: 'fillTransaction', call, advice: { nonce, tip } }, head)
    return answer.kind === 'filled' ? filledJson(answer.transaction) : null
  },
})

/** Of the zero address where nobody is named, as calls are made by it. */
async function nonceFor(call: TransactionCall, context: RpcContext, head: RawHeader): Promise<bigint> {
  return call.nonce ?? nextNonce(call.from ?? NOBODY, head, context)
}

const NOBODY = asAddress(new Uint8Array(20))

/** Blocks are looked through only where nothing says what to pay. */
async function tipFor(call: TransactionCall, context: RpcContext, head: RawHeader): Promise<bigint> {
  if (call.gasPrice !== undefined || call.maxPriorityFeePerGas !== undefined) return 0n
  return suggestedTip(context, head)
}
