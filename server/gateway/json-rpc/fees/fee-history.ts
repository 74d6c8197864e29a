/** What `eth_feeHistory` tells of a range of blocks (execution-apis). */
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import type { RpcContext } from '../method.ts'
import type { DecodedBlock } from '../../../../src/network/json-rpc/objects/decoded-block.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'
import type { NumberSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { feeHistoryJson } from '../../../../src/network/json-rpc/fees/fee-history-json.ts'
import { tipsAtPercentiles } from '../../../../src/network/json-rpc/fees/tips.ts'

export interface FeeHistoryRequest {
  readonly count: number
  readonly newest: NumberSelector
  /** Ascending, 0 to 100. */
  readonly percentiles: readonly number[]
}

/** @throws {RpcError} -32001 where the newest block is unknown; {UnavailableError} */
export async function feeHistory(context: RpcContext, request: FeeHistoryRequest): Promise<JsonObject> {
  const newest = await context.chain.get(request.newest)
  const blocks = await blocksUpTo(context, newest, request.count)
  const reward =
    request.percentiles.length === 0
      ? undefined
      : await inTurn(blocks, context.turn, async (block) =>
          rewards(context, context.chain.decoded(block), request.percentiles),
        )
  const headers = blocks.map(({ header }) => decodeHeader(header))
  return feeHistoryJson(context.source.network.execution, headers, reward)
}

/** Oldest first, each the parent of the next; fewer where what is kept begins later. */
async function blocksUpTo(
  { source, signal }: RpcContext,
  newest: ExecutionBlock,
  count: number,
): Promise<ExecutionBlock[]> {
  const oldest = Math.max((await source.status()).serves.blocks?.from ?? 0, newest.number - count + 1)
  const blocks: ExecutionBlock[] = []
  for (let number = newest.number; number >= oldest; number--) {
    signal.throwIfAborted()
    const after = blocks[0]
    const block = after === undefined ? newest : await source.blockByNumber(number)
    if (block === undefined || (after !== undefined && !equalBytes(block.hash, after.parentHash))) {
      throw new UnavailableError('the chain changed during the query; ask again')
    }
    blocks.unshift(block)
  }
  return blocks
}

async function rewards(
  { chain }: RpcContext,
  block: DecodedBlock<ExecutionBlock>,
  percentiles: readonly number[],
): Promise<readonly string[]> {
  return tipsAtPercentiles(block, await chain.receipts(block), percentiles)
}

async function inTurn<T, R>(items: readonly T[], turn: RpcContext['turn'], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) {
    results.push(await run(item))
    await turn()
  }
  return results
}
