import { feeHistory } from '../fees/fee-history.ts'
import { method } from '../method.ts'
import { blockNumberOrTag } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { readCount } from '../../../../src/network/json-rpc/params/hex.ts'
import type { Param } from '../../../../src/network/json-rpc/params/param.ts'
import { optional, ParamError } from '../../../../src/network/json-rpc/params/param.ts'
import { invalidParams } from '../../../../src/network/json-rpc/rpc-error.ts'

/** Fees of up to so many blocks, the newest of them named; fewer where there are fewer. */
export const eth_feeHistory = method({
  params: [blockCount(), blockNumberOrTag, optional(percentiles(), [])],
  run: async (context, [count, newest, percentiles]) => {
    const { feeBlocks, feePercentiles } = context.limits
    if (percentiles.length > feePercentiles) throw invalidParams(`over the query limit ${feePercentiles}`)
    return feeHistory(context, { count: Math.min(count, feeBlocks), newest, percentiles })
  },
})

/** Older callers write a plain number. */
function blockCount(): Param<number> {
  return {
    read: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : readCount(value)),
  }
}

function percentiles(): Param<readonly number[]> {
  return {
    read: (value) => {
      if (!Array.isArray(value)) throw new ParamError('expected a list of numbers')
      for (const [place, percentile] of value.entries()) {
        if (typeof percentile !== 'number' || percentile < 0 || percentile > 100) {
          throw new ParamError(`invalid reward percentile at ${place}: expected a number from 0 to 100`)
        }
        if (place > 0 && percentile <= (value[place - 1] as number)) {
          throw new ParamError(`invalid reward percentile at ${place}: not above the one before`)
        }
      }
      return value as readonly number[]
    },
  }
}
