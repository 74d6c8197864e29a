import type { RawHeader } from '../../execution/block/raw-block.ts'
import { inLanes } from '../logs/in-lanes.ts'
import { feeHistoryJson } from '../../network/json-rpc/fees/fee-history-json.ts'
import { tipsAtPercentiles } from '../../network/json-rpc/fees/tips.ts'
import { decodeHeader } from '../../network/json-rpc/objects/header.ts'
import { blockNumberOrTag } from '../../network/json-rpc/params/block-selector.ts'
import { blockCount, percentiles } from '../../network/json-rpc/params/fee-history.ts'
import { optional } from '../../network/json-rpc/params/param.ts'
import { invalidParams } from '../../network/json-rpc/rpc-error.ts'
import { method } from '../method.ts'

/** geth's maxHeaderHistory. */
const MAX_BLOCKS = 1_024
/** Each takes its body and its receipts, some 300 kB on mainnet. A history may be shorter than what was asked for. */
const MAX_REWARD_BLOCKS = 128
/** Blocks fetched at a time, so that others get their turn. */
const LANES = 4
/** geth's maxQueryLimit. */
const MAX_PERCENTILES = 100

/** From headers below the signed head; rewards from bodies and receipts that their roots prove. */
export const eth_feeHistory = method({
  class: 'chain',
  params: [blockCount, blockNumberOrTag, optional(percentiles, [])],
  run: async ({ blocks, network, view, ask }, [count, newest, percentiles]) => {
    if (percentiles.length > MAX_PERCENTILES) throw invalidParams(`over the query limit ${MAX_PERCENTILES}`)
    const last = await blocks.header(newest, ask)
    const most = percentiles.length === 0 ? MAX_BLOCKS : MAX_REWARD_BLOCKS
    const length = Math.min(count, most, last.number + 1)
    // By their hashes: blocks of one chain, whatever becomes of it meanwhile.
    const headers = length === 0 ? [] : [last, ...(await view.ancestors(last, length - 1, ask))].reverse()
    const rewardOf = async (header: RawHeader) =>
      tipsAtPercentiles(await blocks.block(header, ask), await blocks.receipts(header, ask), percentiles)
    const reward = percentiles.length === 0 ? undefined : await inLanes(headers, LANES, rewardOf)
    // What is said of the answer is said of its newest block.
    ask.evidence.at(last)
    return feeHistoryJson(
      network.execution,
      headers.map(({ rlp }) => decodeHeader(rlp)),
      reward,
    )
  },
})
