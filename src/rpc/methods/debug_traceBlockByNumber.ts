import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { unread } from '../message-call.ts'
import { method } from '../method.ts'
import { readTracing, traceBlock } from '../trace-block.ts'

/**
 * Executed here: the body is proven by the block's header, the state before it by its parent's root, value by value where it was
 * not executed here. geth's opcode logger, callTracer and prestateTracer; a trace past its bounds is an error, never cut.
 * Privacy: servers learn that the block is looked at, and what its execution reads where that is not at hand.
 */
export const debug_traceBlockByNumber = method({
  class: 'evm',
  params: [blockNumberOrTag, optional(unread, undefined)],
  run: async (context, [selector, config]) => {
    const tracing = readTracing(config, 'argument 1')
    return traceBlock(context, await context.blocks.header(selector, context.ask), 'all', tracing)
  },
})
