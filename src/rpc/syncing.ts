/** Whether, and from where to where, this client is still on its way. */
import { quantity } from '../network/json-rpc/hex.ts'
import type { JsonObject } from '../network/json-rpc/json.ts'
import type { ChainView } from '../sync/chain-view/chain-view.ts'

/** False while there is a head that is answered at; else what it waits for is said by the errors of all other methods. */
export function syncingJson(view: ChainView): JsonObject | false {
  if (view.heads.reason() === undefined) return false
  const start = view.executedSince()?.number ?? 0
  const current = quantity(view.newestKnown()?.number ?? 0)
  return { startingBlock: quantity(start), currentBlock: current, highestBlock: current }
}
