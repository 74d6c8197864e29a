import { method } from '../method.ts'
import { prestatesJson } from '../objects/prestate-json.ts'
import { blockNumberOrTag } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { prestateTracer } from '../../../../src/network/json-rpc/params/tracer-config.ts'

/** As `debug_traceBlockByHash`, of a block of the canonical chain. */
export const debug_traceBlockByNumber = method({
  params: [blockNumberOrTag, prestateTracer],
  run: (context, [selector, config]) =>
    prestatesJson(context, 'debug_traceBlockByNumber', () => context.chain.get(selector), config),
})
