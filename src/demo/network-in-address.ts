/** The network in the page's address (`?network=sepolia`), so that a reload or a link shows the same store. */
import { NETWORK_NAMES } from '../chain/network.ts'

const PARAMETER = 'network'
const DEFAULT_NETWORK = 'mainnet'

/** The built-in network that an address names; mainnet when it names none. */
export function networkInAddress(address: string): string {
  const named = new URL(address).searchParams.get(PARAMETER)
  return NETWORK_NAMES.find((name) => name === named) ?? DEFAULT_NETWORK
}

/** The same address with that network. */
export function addressWithNetwork(address: string, network: string): string {
  const url = new URL(address)
  if (network === DEFAULT_NETWORK) url.searchParams.delete(PARAMETER)
  else url.searchParams.set(PARAMETER, network)
  return url.href
}
