/** Parameters of `eth_feeHistory`. */
import { readCount } from './hex.ts'
import { ParamError, type Param } from './param.ts'

/** Older callers write a plain number. */
export const blockCount: Param<number> = {
  read: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : readCount(value)),
}

/** 0 to 100, ascending. */
export const percentiles: Param<readonly number[]> = {
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
