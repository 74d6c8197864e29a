import { hash } from '../../network/json-rpc/params/hex.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { notFound } from '../../network/json-rpc/rpc-error.ts'
import { unread } from '../message-call.ts'
import { method } from '../method.ts'
import { readTracing, traceBlock } from '../trace-block.ts'

/**
 * As {@link debug_traceBlockByNumber}, of one transaction; those before it are run first. Servers say which block it is in, the
 * block proves it.
 */
export const debug_traceTransaction = method({
  class: 'evm',
  params: [hash, optional(unread, undefined)],
  run: async (context, [hash, config]) => {
    const tracing = readTracing(config, 'argument 1')
    const place = await context.blocks.locate(hash, context.ask)
    if (place === undefined) throw notFound('transaction not found')
    return traceBlock(context, place.header, place.index, tracing)
  },
})
