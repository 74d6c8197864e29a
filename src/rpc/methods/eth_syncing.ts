import { quantity } from '../../network/json-rpc/hex.ts'
import { method } from '../method.ts'

/** False while there is a head that is answered at; else what it waits for is said by the errors of all other methods. */
export const eth_syncing = method({
  class: 'local',
  params: [],
  run: ({ view }) => {
    if (view.heads.reason() === undefined) return false
    const [start, current] = [view.executedSince()?.number ?? 0, view.newestKnown()?.number ?? 0]
    return { startingBlock: quantity(start), currentBlock: quantity(current), highestBlock: quantity(current) }
  },
})
