/** What `eth_feeHistory` tells of a range of blocks (execution-apis). */
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import type { RpcContext } from '../method.ts'
import type { DecodedBlock } from '../../../../src/network/json-rpc/objects/decoded-block.ts'
import type { Header } from '../../../../src/network/json-rpc/objects/header.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'
import type { NumberSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { nextBaseFee } from '../../../../src/network/json-rpc/fees/base-fee.ts'
import {
  blobGasPrice,
  blobParamsAt,
  GAS_PER_BLOB,
  nextExcessBlobGas,
} from '../../../../src/network/json-rpc/fees/blob-fees.ts'
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
