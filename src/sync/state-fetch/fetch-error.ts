/** Why a block's state cannot be had. */
import { describeFault, type DataFault } from '../../state/data-fault.ts'

/** Nobody gives what a block needs. Says what was missing, and what servers said; others may have it later. */
export class StateUnavailableError extends Error {
  override name = 'StateUnavailableError'
  constructor(
    readonly fault: DataFault,
    readonly reasons: readonly string[],
  ) {
    super(`${describeFault(fault)} cannot be had: ${reasons.length === 0 ? 'no server offers it' : reasons.join('; ')}`)
  }
}

/** A block needs more than one may: see the constants. */
export class FetchBoundError extends Error {
  override name = 'FetchBoundError'
}
