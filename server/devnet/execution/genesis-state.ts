/** The genesis state, built or read back. */
import type { Keccak } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import { buildState, type BuiltState } from '../../execution/build-state.ts'
import type { DevnetAccounts } from './accounts.ts'
import { genesisAccounts } from './genesis.ts'

export interface GenesisStateOptions {
  readonly network: Network
  readonly accounts: DevnetAccounts
  readonly seed: string
  /** Left out: built anew. */
  readonly cacheFolder: string | undefined
  readonly keccak: Keccak
}

export async function genesisState({ network, accounts, keccak }: GenesisStateOptions): Promise<BuiltState> {
  return buildState(genesisAccounts(network, accounts, keccak), keccak)
}
