import { feeHistory } from '../fees/fee-history.ts'
import { method } from '../method.ts'
import { blockNumberOrTag } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { blockCount, percentiles } from '../../../../src/network/json-rpc/params/fee-history.ts'
import { optional } from '../../../../src/network/json-rpc/params/param.ts'
import { invalidParams } from '../../../../src/network/json-rpc/rpc-error.ts'

/** Fees of up to so many blocks, the newest of them named; fewer where there are fewer. */
export const eth_feeHistory = method({
  params: [blockCount, blockNumberOrTag, optional(percentiles, [])],
  run: async (context, [count, newest, percentiles]) => {
    const { feeBlocks, feePercentiles } = context.limits
    if (percentiles.length > feePercentiles) throw invalidParams(`over the query limit ${feePercentiles}`)
    return feeHistory(context, { count: Math.min(count, feeBlocks), newest, percentiles })
  },
})
