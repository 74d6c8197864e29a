import { method } from '../method.ts'
import { witnessJson } from '../objects/witness-json.ts'
import { hash } from '../../../../src/network/json-rpc/params/hex.ts'

/** As `debug_executionWitness`, by reth's other name. */
export const debug_executionWitnessByBlockHash = method({
  params: [hash],
  run: async (context, [hash]) => witnessJson(context, await context.chain.get({ kind: 'hash', hash, chain: 'any' })),
})
