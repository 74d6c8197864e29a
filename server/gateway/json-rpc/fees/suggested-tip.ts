/** What a priority fee should be to get into one of the next blocks: geth's oracle, over the blocks that are kept. */
import { cheapestTips, TIP_BLOCKS, tipAmong } from '../../../../src/network/json-rpc/fees/tips.ts'
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import type { RpcContext } from '../method.ts'

/** Wei. By fewer blocks where fewer are kept. @throws {UnavailableError} */
export async function suggestedTip({ source, chain }: RpcContext): Promise<bigint> {
  const { head, serves } = await source.status()
  const oldest = Math.max(1, serves.blocks?.from ?? head.number, head.number - TIP_BLOCKS + 1)
  const tips: bigint[] = []
  let block: ExecutionBlock | undefined = head
  while (block !== undefined && block.number >= oldest) {
    tips.push(...cheapestTips(chain.decoded(block)))
    block = block.number > oldest ? await source.blockByHash(block.parentHash) : undefined
  }
  return tipAmong(tips)
}
