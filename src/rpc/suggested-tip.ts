/** What a priority fee should be to get into one of the next blocks: geth's oracle, over proven blocks. */
import type { RawHeader } from '../execution/block/raw-block.ts'
import { cheapestTips, tipAmong } from '../network/json-rpc/fees/tips.ts'
import type { RpcContext } from './method.ts'

/**
 * Blocks whose transactions are looked at. geth takes 20, which are 2 MB of bodies on mainnet where none was executed here;
 * what just got in is told by the newest of them.
 */
const BLOCKS = 5

/** Wei. */
export async function suggestedTip({ blocks, view, ask }: RpcContext, head: RawHeader): Promise<bigint> {
  const oldest = Math.max(1, head.number - BLOCKS + 1)
  const numbers = Array.from({ length: head.number - oldest + 1 }, (_, index) => head.number - index)
  const tips = await Promise.all(
    numbers.map(async (number) => {
      const header = await view.headerAt(number, ask)
      return header === undefined ? [] : cheapestTips(await blocks.block(header, ask))
    }),
  )
  // The blocks came in any order: it is said of the head.
  ask.evidence.at(head)
  return tipAmong(tips.flat())
}
