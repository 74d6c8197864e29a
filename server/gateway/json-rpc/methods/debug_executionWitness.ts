import { method } from '../method.ts'
import { witnessJson } from '../objects/witness-json.ts'
import { blockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'

/** What executes a block without its state: trie nodes, codes, ancestors' headers. */
export const debug_executionWitness = method({
  params: [blockSelector],
  run: async (context, [selector]) => witnessJson(context, await context.chain.get(selector)),
})
