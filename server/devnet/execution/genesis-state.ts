/** The genesis state, built or read back. */
import { join } from 'node:path'
import { bytesToHex, bytesToUnprefixedHex, concatBytes } from '@ethereumjs/util'
import type { Keccak } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import { buildState, type BuiltState } from '../../execution/build-state.ts'
import { loadOrBuildState } from '../../execution/state-file.ts'
import type { DevnetAccounts } from './accounts.ts'
import { CODES } from './contracts/contracts.ts'
import { DEPOSIT_CODE } from './contracts/deposit.ts'
import { SYSTEM_CONTRACTS } from './contracts/system-contracts.ts'
import { depositContract, genesisAccounts } from './genesis.ts'

export interface GenesisStateOptions {
  readonly network: Network
  readonly accounts: DevnetAccounts
  readonly seed: string
  /** Left out: built anew. */
  readonly cacheFolder: string | undefined
  readonly keccak: Keccak
  /** Says why what was kept could not be used. */
  readonly log: (message: string) => void
}

/** Changes with what {@link genesisAccounts} gives besides code. */
const RULES = 2

export async function genesisState(options: GenesisStateOptions): Promise<BuiltState> {
  const { cacheFolder, network, accounts, keccak, log } = options
  const build = (): BuiltState => buildState(genesisAccounts(network, accounts, keccak), keccak)
  if (cacheFolder === undefined) return build()
  const description = describe(options)
  const name = bytesToUnprefixedHex(keccak(new TextEncoder().encode(description))).slice(0, NAME_DIGITS)
  return loadOrBuildState({ path: join(cacheFolder, `devnet-genesis-${name}.state`), description, build, log })
}

/** Hex digits that tell the files of a folder apart; what they hold is told by the description in them. */
const NAME_DIGITS = 16

/** All that the state follows from. */
function describe({ network, accounts, seed, keccak }: GenesisStateOptions): string {
  const contracts = [...CODES, ...SYSTEM_CONTRACTS.map(({ address, code }) => [address, code] as const)]
  const codes = bytesToHex(keccak(concatBytes(DEPOSIT_CODE, ...contracts.flat())))
  const deposits = bytesToHex(depositContract(network))
  return JSON.stringify({ rules: RULES, seed, accounts: accounts.count, codes, deposits })
}
