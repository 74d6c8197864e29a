import { CallError, INVALID_INPUT } from '../../execution/call/call-error.ts'
import { JsonInput } from '../../execution/call/json/json-input.ts'
import { readSimulation } from '../../execution/call/simulate/simulate-json.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { runOn, unread } from '../message-call.ts'
import { method } from '../method.ts'

/**
 * Blocks of calls, executed here as {@link eth_call}, each on what the ones before left. Their state roots are counted on the
 * block's own trie, on proven nodes; where a node for that cannot be had, the simulation is unavailable, and no root is made up.
 */
export const eth_simulateV1 = method({
  class: 'evm',
  params: [unread, latestOr],
  run: async (context, [payload, selector]) => {
    const request = readSimulation(new JsonInput(payload, 'argument 0'))
    const header = await context.blocks.findHeader(selector, context.ask)
    // In the words and by the code of other nodes, which differ from those of other methods.
    if (header === undefined) throw new CallError(INVALID_INPUT, 'header not found')
    const answer = await runOn(context, { method: 'simulate', request }, header)
    return answer.kind === 'json' ? answer.json : null
  },
})
