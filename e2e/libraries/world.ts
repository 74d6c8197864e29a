/** What each library's tests are given: a client that follows the chain, and an account of their own. */
import { startClient } from '../../src/client/client.ts'
import { nodePlatform } from '../../src/client/node-platform.ts'
import type { Beamtab, BeamtabOptions } from '../../src/client/public-types.ts'
import type { BeamtabProvider } from '../../src/provider/public-types.ts'
import { startLibraryChain, type KeyedAccount, type LibraryChain } from './chain.ts'
import type { Contracts } from './contracts/deploy.ts'

export const LIBRARIES = ['viem', 'ethers', 'web3', 'wagmi'] as const
export type Library = (typeof LIBRARIES)[number]

export interface World {
  readonly chain: LibraryChain
  readonly chainId: number
  readonly contracts: Contracts
  readonly beamtab: Beamtab
  readonly provider: BeamtabProvider
  /** One for each library, so that their nonces do not meet. */
  readonly account: (library: Library) => KeyedAccount
  readonly close: () => Promise<void>
}

export async function openWorld(): Promise<World> {
  const chain = await startLibraryChain(LIBRARIES.length)
  const beamtab = await startOn(chain)
  await beamtab.waitForHead()
  const close = async (): Promise<void> => {
    await beamtab.close()
    await chain.close()
  }
  const account = (library: Library) => chain.accounts[LIBRARIES.indexOf(library)]!
  const { contracts, devnet } = chain
  const { provider } = beamtab
  return { chain, chainId: devnet.network.chainId, contracts, beamtab, provider, account, close }
}

export const startOn = (chain: LibraryChain, options: Partial<BeamtabOptions> = {}): Promise<Beamtab> =>
  startClient({ network: chain.devnet.networkFile(chain.gateway.url), evmWorkers: 1, ...options }, nodePlatform())
