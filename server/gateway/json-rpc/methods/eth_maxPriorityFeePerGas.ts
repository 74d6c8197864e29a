import { suggestedTip } from '../fees/suggested-tip.ts'
import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'

/** Wei. */
export const eth_maxPriorityFeePerGas = method({
  params: [],
  run: async (context) => quantity(await suggestedTip(context)),
})
