/** The client in this process, over a devnet in this process. */
import { startClient } from '../../src/client/client.ts'
import { nodePlatform } from '../../src/client/node-platform.ts'
import { startLibraryChain } from './chain.ts'
import { LIBRARIES, type World } from './world.ts'

export interface NodeWorld extends World {
  readonly close: () => Promise<void>
}

export async function openNodeWorld(): Promise<NodeWorld> {
  const { accounts, contracts, devnet, gateway, close: closeChain } = await startLibraryChain(LIBRARIES.length)
  const network = devnet.networkFile(gateway.url)
  const start: World['start'] = (options) => startClient({ network, evmWorkers: 1, ...options }, nodePlatform())
  const beamtab = await start({})
  await beamtab.waitForHead()
  return {
    ...{ contracts, start, chainId: devnet.network.chainId, provider: beamtab.provider },
    account: (library) => accounts[LIBRARIES.indexOf(library)]!,
    close: async () => {
      await beamtab.close()
      await closeChain()
    },
  }
}
