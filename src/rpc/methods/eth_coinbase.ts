import { rejected } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'

/** Refused in geth's words, as by any node that makes no blocks: an address would be one that nobody is paid at. */
export const eth_coinbase = method({
  class: 'local',
  params: [],
  run: () => {
    throw rejected('etherbase must be explicitly specified: this client makes no blocks')
  },
})
