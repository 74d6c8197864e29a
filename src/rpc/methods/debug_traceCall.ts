import { CallError, INVALID_PARAMS } from '../../execution/call/call-error.ts'
import { JsonInput } from '../../execution/call/json/json-input.ts'
import { readBlockOverrides, readCall, readStateOverrides } from '../../execution/call/json/read-call.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { runOn, unread } from '../message-call.ts'
import { method } from '../method.ts'
import { readTracing } from '../trace-block.ts'

/** A call executed here as {@link eth_call}, and watched; overrides are members of the configuration, as geth has them. */
export const debug_traceCall = method({
  class: 'evm',
  params: [unread, latestOr, optional(unread, undefined)],
  run: async (context, [call, selector, config]) => {
    const input = new JsonInput(config ?? {}, 'argument 2')
    const request = {
      call: readCall(new JsonInput(call, 'argument 0')),
      stateOverrides: input.member('stateOverrides', readStateOverrides),
      blockOverrides: input.member('blockOverrides', readBlockOverrides),
    }
    const tracing = readTracing(config, 'argument 2')
    input.member('txIndex', refuseIndex)
    const header = await context.blocks.header(selector, context.ask)
    const answer = await runOn(context, { method: 'traceCall', request, ...tracing }, header)
    return answer.kind === 'json' ? answer.json : null
  },
})

/** The state between two transactions is no block's, and nothing proves it but executing the block. */
function refuseIndex({ path }: JsonInput): never {
  throw new CallError(INVALID_PARAMS, `invalid ${path}: calls are traced on the state after a block only; leave it out`)
}
