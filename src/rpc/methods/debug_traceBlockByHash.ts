import { hash } from '../../network/json-rpc/params/hex.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { unread } from '../message-call.ts'
import { method } from '../method.ts'
import { readTracing, traceBlock } from '../trace-block.ts'

/** As {@link debug_traceBlockByNumber}; a block that is not in the chain of the signed head is `unverified`. */
export const debug_traceBlockByHash = method({
  class: 'evm',
  params: [hash, optional(unread, undefined)],
  run: async (context, [hash, config]) => {
    const tracing = readTracing(config, 'argument 1')
    const header = await context.blocks.header({ kind: 'hash', hash, chain: 'any' }, context.ask)
    return traceBlock(context, header, 'all', tracing)
  },
})
