import { createHeliosProvider, type HeliosProvider } from '@a16z/helios'
import { showPeer } from '../peer.ts'

let provider: HeliosProvider | undefined

showPeer({
  async sync({ executionUrl, consensusUrl, checkpoint }) {
    const config = { executionRpc: executionUrl, consensusRpc: consensusUrl, checkpoint, network: 'mainnet' } as const
    provider = await createHeliosProvider({ ...config, dbType: 'config' }, 'ethereum')
    await provider.waitSynced()
  },
  request: async (method, params) => provider!.request({ method, params: [...params] }) as Promise<unknown>,
})
