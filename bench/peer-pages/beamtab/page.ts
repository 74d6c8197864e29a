import { createBeamtab } from '../../../src/client/create-beamtab.ts'
import type { Beamtab } from '../../../src/client/public-types.ts'
import { showPeer } from '../peer.ts'

let client: Beamtab | undefined

showPeer({
  async sync({ network, executionUrl, consensusUrl, checkpoint }) {
    client = await createBeamtab({
      network,
      servers: [executionUrl],
      follow: { servers: [consensusUrl], executionServers: [executionUrl], checkpoint: checkpoint as `0x${string}` },
    })
    await client.waitForHead()
  },
  request: async (method, params) => client!.provider.request({ method, params: [...params] as never }),
})
