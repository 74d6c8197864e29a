import { logFilter } from '../../network/json-rpc/params/log-filter.ts'
import { findLogs } from '../logs/find-logs.ts'
import { method } from '../method.ts'

/**
 * Complete, or an error: every header of the range is proven, and every block's bloom excludes it or all its receipts are
 * proven by their root. A range that takes too much is refused with the part of it that can be had.
 * Privacy: blocks executed here ask nobody; else servers see which blocks are read, never the filter.
 */
export const eth_getLogs = method({
  class: 'chain',
  params: [logFilter],
  run: (context, [filter]) => findLogs(filter, context),
})
