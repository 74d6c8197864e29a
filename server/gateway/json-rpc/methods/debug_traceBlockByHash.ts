import { method } from '../method.ts'
import { prestatesJson } from '../objects/prestate-json.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'
import { prestateTracer } from '../../../../src/network/json-rpc/params/tracer-config.ts'

/** What each transaction of a block found: accounts and slots as they were before it. No other tracer is offered. */
export const debug_traceBlockByHash = method({
  params: [hash, prestateTracer],
  run: (context, [blockHash, config]) => {
    const block = () => context.chain.get({ kind: 'hash', hash: blockHash, chain: 'any' })
    return prestatesJson(context, 'debug_traceBlockByHash', block, config)
  },
})
