import { JsonInput, quantity64 } from '../../execution/call/json/json-input.ts'
import { readBlockOverrides, readCall, readStateOverrides } from '../../execution/call/json/read-call.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { runOn, unread } from '../message-call.ts'
import { method } from '../method.ts'
import { readTracing, traceCallWithin } from '../trace-block.ts'

/**
 * A call executed here as {@link eth_call}, and watched; overrides are members of the configuration, as geth has them. With
 * `txIndex` it runs on the state after as many transactions of the block, without it on the state after the block.
 */
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
    const after = input.member('txIndex', quantity64)
    const header = await context.blocks.header(selector, context.ask)
    if (after !== undefined) return traceCallWithin(context, header, after, { request, ...tracing })
    const answer = await runOn(context, { method: 'traceCall', request, ...tracing }, header)
    return answer.kind === 'json' ? answer.json : null
  },
})
