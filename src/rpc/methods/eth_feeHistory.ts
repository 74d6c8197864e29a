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
/** geth's maxQueryLimit. */
const MAX_PERCENTILES = 100

/** From headers below the signed head; rewards from bodies and receipts that their roots prove. */
export const eth_feeHistory = method({
  class: 'chain',
  params: [blockCount, blockNumberOrTag, optional(percentiles, [])],
  run: async ({ blocks, network, view, ask }, [count, newest, percentiles]) => {
    if (percentiles.length > MAX_PERCENTILES) throw invalidParams(`over the query limit ${MAX_PERCENTILES}`)
    const last = await blocks.header(newest, ask)
    const length = Math.min(count, MAX_BLOCKS, last.number + 1)
    const headers = []
    for (let number = last.number - length + 1; number <= last.number; number++)
      headers.push((await view.headerAt(number, ask))!)
    const reward =
      percentiles.length === 0
        ? undefined
        : await Promise.all(
            headers.map(async (header) =>
              tipsAtPercentiles(await blocks.block(header, ask), await blocks.receipts(header, ask), percentiles),
            ),
          )
    return feeHistoryJson(
      network.execution,
      headers.map(({ rlp }) => decodeHeader(rlp)),
      reward,
    )
  },
})
