/** What each library's tests are given: a client that follows the chain, and an account of their own. */
import type { Beamtab, BeamtabOptions } from '../../src/client/public-types.ts'
import type { BeamtabProvider } from '../../src/provider/public-types.ts'
import type { Contracts } from './contracts/well-known.ts'
import type { KeyedAccount } from './keyed-account.ts'

export const LIBRARIES = ['viem', 'ethers', 'web3', 'wagmi'] as const
export type Library = (typeof LIBRARIES)[number]

export interface World {
  readonly chainId: number
  readonly contracts: Contracts
  readonly provider: BeamtabProvider
  /** One for each library, so that their nonces do not meet. */
  readonly account: (library: Library) => KeyedAccount
  /** Another client on the same chain. */
  readonly start: (options: Partial<BeamtabOptions>) => Promise<Beamtab>
}
