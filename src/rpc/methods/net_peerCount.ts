import { quantity } from '../../network/json-rpc/hex.ts'
import { method } from '../method.ts'

/** Servers that blocks and state are had from: what this client has in place of an execution node's peers. Asks nobody. */
export const net_peerCount = method({ class: 'local', params: [], run: ({ view }) => quantity(view.serverCount) })
