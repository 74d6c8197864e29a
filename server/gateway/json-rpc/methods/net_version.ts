import { method } from '../method.ts'

/** The chain id in decimal: no network that is left has another network id. */
export const net_version = method({ params: [], run: ({ source }) => String(source.network.chainId) })
