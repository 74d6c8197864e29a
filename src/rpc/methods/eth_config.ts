import { forkConfigs } from '../../network/json-rpc/objects/fork-config.ts'
import { method } from '../method.ts'

/** EIP-7910: the rules that hold, those that follow, and the last that are scheduled. Proven genesis, own schedule. */
export const eth_config = method({
  class: 'chain',
  params: [],
  run: async ({ network, blocks, view, ask }) => {
    const genesis = await blocks.header({ kind: 'number', number: 0 }, ask)
    const head = view.heads.latest()
    // Which rules hold follows from its time, and is no more final than it.
    ask.evidence.at(head)
    return forkConfigs(network.execution, genesis, head.timestamp)
  },
})
