import { quantity } from '../../network/json-rpc/hex.ts'
import { method } from '../method.ts'

/** Of the network that this client was started for. */
export const eth_chainId = method({ class: 'local', params: [], run: ({ network }) => quantity(network.chainId) })
