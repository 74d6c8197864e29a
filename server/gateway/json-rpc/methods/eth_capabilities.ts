import { data, quantity } from '../../../../src/network/json-rpc/hex.ts'
import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import { method } from '../method.ts'
import type { ServedRange } from '../../../execution/execution-source.ts'

/**
 * What may be asked here, and how far back (execution-apis). How long anything is kept from now on is not said: the
 * oldest block is, and it moves.
 */
export const eth_capabilities = method({
  params: [],
  run: async ({ source }) => {
    const { head, serves } = await source.status()
    return {
      head: { number: quantity(head.number), hash: data(head.hash) },
      // State is read out of proofs here, so it reaches as far as they do.
      state: resource(serves.proofs),
      tx: resource(serves.blocks),
      logs: resource(serves.receipts),
      receipts: resource(serves.receipts),
      blocks: resource(serves.blocks),
      stateproofs: resource(serves.proofs),
    }
  },
})

const resource = (range: ServedRange | undefined): JsonObject =>
  range === undefined ? { disabled: true } : { disabled: false, oldestBlock: quantity(range.from) }
