/** What `eth_feeHistory` tells of a range of blocks (execution-apis). */
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { RpcContext } from '../method.ts'
import type { DecodedBlock } from '../objects/decoded-block.ts'
import type { Header } from '../objects/header.ts'
import { decodeHeader } from '../objects/header.ts'
import type { NumberSelector } from '../params/block-selector.ts'
import { nextBaseFee } from './base-fee.ts'
import { blobGasPrice, blobParamsAt, GAS_PER_BLOB, nextExcessBlobGas } from './blob-fees.ts'
import { tipsOf } from './suggested-tip.ts'

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
  if (blocks.length === 0) return { oldestBlock: '0x0', baseFeePerGas: [], gasUsedRatio: [] }
  const schedule = context.source.network.execution
  const headers = blocks.map(({ header }) => decodeHeader(header))
  const last = headers.at(-1)!
  const blobPrice = ({ blob, timestamp }: Header): bigint =>
    blob === undefined ? 0n : blobGasPrice(schedule, timestamp, blob.excessGas)
  const nextBlobPrice =
    last.blob === undefined ? 0n : blobGasPrice(schedule, last.timestamp, nextExcessBlobGas(schedule, last))
  return {
    oldestBlock: quantity(headers[0]!.number),
    baseFeePerGas: [...headers.map((header) => header.baseFeePerGas ?? 0n), nextBaseFee(schedule, last) ?? 0n].map(
      quantity,
    ),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => (gasLimit === 0n ? 0 : Number(gasUsed) / Number(gasLimit))),
    baseFeePerBlobGas: [...headers.map(blobPrice), nextBlobPrice].map(quantity),
    blobGasUsedRatio: headers.map(({ blob, timestamp }) => {
      const max = blobParamsAt(schedule, timestamp)?.max
      return blob === undefined || max === undefined ? 0 : Number(blob.gasUsed) / (max * GAS_PER_BLOB)
    }),
    reward:
      request.percentiles.length === 0
        ? undefined
        : await inTurn(blocks, context.turn, async (block) =>
            rewards(context, context.chain.decoded(block), request.percentiles),
          ),
  }
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

/** Tips at percentiles of the gas that a block's transactions used, in ascending order of tips. */
async function rewards(
  { chain }: RpcContext,
  block: DecodedBlock,
  percentiles: readonly number[],
): Promise<readonly string[]> {
  if (block.transactions.length === 0) return percentiles.map(() => '0x0')
  const receipts = await chain.receipts(block)
  const tips = tipsOf(block)
  const byTip = receipts
    .map(({ cumulativeGasUsed }, index) => ({
      gas: cumulativeGasUsed - (receipts[index - 1]?.cumulativeGasUsed ?? 0n),
      tip: tips[index]!,
    }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
  let place = 0
  let sum = byTip[0]!.gas
  return percentiles.map((percentile) => {
    const threshold = (Number(block.header.gasUsed) * percentile) / 100
    while (Number(sum) < threshold && place < byTip.length - 1) sum += byTip[++place]!.gas
    return quantity(byTip[place]!.tip)
  })
}

async function inTurn<T, R>(items: readonly T[], turn: RpcContext['turn'], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) {
    results.push(await run(item))
    await turn()
  }
  return results
}
