/** The page's state as an address: what a reload shows again, and what a link hands on. */
import type { PageState } from '../page-state.ts'
import { DEFAULT_NETWORK, writeAddress, type NetworkInAddress } from './page-address.ts'

type Shown = Pick<PageState, 'network' | 'follow'>

/** The address of the page as it is: a link's settings stay in it until the visitor's own replace them. */
export function addressOf(address: string, state: Shown): string {
  const { follow } = state
  // Until it is known what the address leads to, it stays.
  if (follow.networkLoad.kind !== 'idle') return address
  const linked = follow.origin === 'address' ? (follow.active?.settings ?? follow.settings) : undefined
  return writeAddress(address, networkIn(state), linked, unnamed(state))
}

/** An address that begins to follow with these settings; undefined for a network whose file has no address. */
export function linkOf(address: string, state: Shown): string | undefined {
  const network = networkIn(state)
  return network.kind === 'none' ? undefined : writeAddress(address, network, state.follow.settings, unnamed(state))
}

/** What an address without a network leads to, where that is a built-in one. */
const unnamed = ({ follow }: Shown): string | null => (follow.home === undefined ? DEFAULT_NETWORK : null)

function networkIn({ network, follow: { networkFile } }: Shown): Exclude<NetworkInAddress, { kind: 'unknown' }> {
  if (networkFile === undefined) return { kind: 'built-in', name: network }
  return networkFile.from.kind === 'url' ? { kind: 'file', url: networkFile.from.url } : { kind: 'none' }
}
