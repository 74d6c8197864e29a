import { method } from '../method.ts'

/** The chain's id in decimal, as a text. */
export const net_version = method({ class: 'local', params: [], run: ({ network }) => String(network.chainId) })
