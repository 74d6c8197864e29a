import { forkConfigs } from '../../network/json-rpc/objects/fork-config.ts'
import { method } from '../method.ts'

/** EIP-7910: the rules that hold, those that follow, and the last that are scheduled. Proven genesis, own schedule. */
export const eth_config = method({
  class: 'chain',
  params: [],
  run: async ({ network, blocks, view, ask }) => {
    const genesis = await blocks.header({ kind: 'number', number: 0 }, ask)
    return forkConfigs(network.execution, genesis, view.heads.latest().timestamp)
  },
})
