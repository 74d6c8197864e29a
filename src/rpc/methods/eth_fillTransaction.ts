import { JsonInput } from '../../execution/call/json/json-input.ts'
import { readCall } from '../../execution/call/json/read-call.ts'
import type { TransactionCall } from '../../execution/call/transaction-call.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { LATEST } from '../../network/json-rpc/params/block-selector.ts'
import { filledJson } from '../filled-transaction.ts'
import { runOn, unread } from '../message-call.ts'
import { method, type RpcContext } from '../method.ts'
import { suggestedTip } from '../suggested-tip.ts'

/**
 * A transaction with what was left out of it: nonce and chain of the proven state of the head, gas by executing it here, fees
 * by the head and what the newest blocks paid. It is not signed and not sent; transactions that wait somewhere do not count.
 */
export const eth_fillTransaction = method({
  class: 'evm',
  params: [unread],
  run: async (context, [transaction]) => {
    const call = readCall(new JsonInput(transaction, 'argument 0'))
    const head = await context.blocks.header(LATEST, context.ask)
    const advice = { tip: await tipFor(call, context, head) }
    const answer = await runOn(context, { method: 'fillTransaction', call, advice }, head)
    return answer.kind === 'filled' ? filledJson(answer.transaction) : null
  },
})

/** Blocks are looked through only where nothing says what to pay. */
async function tipFor(call: TransactionCall, context: RpcContext, head: RawHeader): Promise<bigint> {
  if (call.gasPrice !== undefined || call.maxPriorityFeePerGas !== undefined) return 0n
  return suggestedTip(context, head)
}
