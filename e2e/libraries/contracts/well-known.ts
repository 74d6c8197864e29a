/** What tests know of the contracts on the devnet, in Node and in a page. */
import { getAddress, parseAbi, type Address } from 'viem'
import { TOKEN_ABI } from './token.ts'

export interface Contracts {
  readonly multicall3: Address
  readonly registry: Address
  readonly resolver: Address
  readonly universalResolver: Address
  readonly token: Address
}

/** Has an address, and is that address's name. */
export const NAME = 'tab.beam.eth'
export const NAMED = getAddress('0xbea37ab0000000000000000000000000000000ff')
/** Says that it is {@link NAME} too, which that name denies. */
export const PRETENDER = getAddress('0xbea37ab0000000000000000000000000000000fe')

export const tokenAbi = parseAbi(TOKEN_ABI)
