import { data, quantity } from '../../network/json-rpc/hex.ts'
import type { JsonObject } from '../../network/json-rpc/json.ts'
import { method } from '../method.ts'

/**
 * What may be asked here, and how far back (execution-apis): as far as blocks can be proven, and servers say that they keep
 * what is asked for. How long anything is kept from now on is not said: servers come and go, and the oldest block moves.
 * Unverified, for the head alone is proven.
 */
export const eth_capabilities = method({
  class: 'hearsay',
  params: [],
  run: async ({ view, ask }) => {
    const head = view.heads.latest()
    const { blocks, receipts, state } = await view.reach(ask)
    ask.evidence.weaken('unverified')
    ask.evidence.remark('how far back state, blocks and receipts are kept is what servers say of themselves')
    return {
      head: { number: quantity(head.number), hash: data(head.hash) },
      state: resource(state),
      tx: resource(blocks),
      logs: resource(receipts),
      receipts: resource(receipts),
      blocks: resource(blocks),
      stateproofs: resource(state),
    }
  },
})

const resource = (oldest: number | undefined): JsonObject =>
  oldest === undefined ? { disabled: true } : { disabled: false, oldestBlock: quantity(oldest) }
