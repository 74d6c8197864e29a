/** Predictions are taken for whole until execution finds too much missing in them. */
import type { FlatReader } from '../../state/flat-reader.ts'

/**
 * Requests of in-order execution after which what a prediction brought counts for nothing: read by read a block takes
 * hundreds of round trips, run ahead some thirty. A few are normal: what deletions leave alone, a code.
 */
const MAX_LATE_REQUESTS = 16

/** What was said to be all that the block needs is far from it. */
export class DoubtedPredictionError extends Error {
  override name = 'DoubtedPredictionError'
  constructor() {
    super(`what was predicted lacks much of what the block reads: ${MAX_LATE_REQUESTS} requests did not complete it`)
  }
}

/** The same state, until there have been too many requests. @param requests of the block so far */
export function doubtingReader(reader: FlatReader, requests: () => number): FlatReader {
  const before = requests()
  const check = (): void => {
    if (requests() - before > MAX_LATE_REQUESTS) throw new DoubtedPredictionError()
  }
  return {
    account: (address) => {
      check()
      return reader.account(address)
    },
    storage: (address, slot) => {
      check()
      return reader.storage(address, slot)
    },
    code: (codeHash, address) => {
      check()
      return reader.code(codeHash, address)
    },
  }
}
