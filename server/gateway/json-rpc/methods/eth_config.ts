import { UnavailableError } from '../../../execution/execution-source.ts'
import { method } from '../method.ts'
import { forkConfigs } from '../../../../src/network/json-rpc/objects/fork-config.ts'

/** EIP-7910: the rules that hold, those that follow, and the last that are scheduled. */
export const eth_config = method({
  params: [],
  run: async ({ source }) => {
    const { genesisHash, head } = await source.status()
    if (genesisHash === undefined) throw new UnavailableError('the genesis block of this chain is not known here')
    const genesis = await source.blockByHash(genesisHash)
    // A public network's genesis is from before all its forks by time.
    return forkConfigs(
      source.network.execution,
      { hash: genesisHash, timestamp: genesis?.timestamp ?? 0 },
      head.timestamp,
    )
  },
})
