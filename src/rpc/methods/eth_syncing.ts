import { quantity } from '../../network/json-rpc/hex.ts'
import { method } from '../method.ts'

/** False while there is a head that is answered at; else what it waits for is said by the errors of all other methods. */
export const eth_syncing = method({
  class: 'local',
  params: [],
  run: ({ view, progress }) => {
    if (view.heads.reason() === undefined) return false
    const { anchor = 0, executed = anchor } = progress()
    return { startingBlock: quantity(anchor), currentBlock: quantity(executed), highestBlock: quantity(executed) }
  },
})
