/** A request that is answered with a failure instead. */
import type { StateErrorCode } from '../../../src/network/state-service/messages.ts'

export class StateServiceError extends Error {
  override name = 'StateServiceError'
  constructor(
    readonly code: StateErrorCode,
    message: string,
  ) {
    super(message)
  }
}

export const invalid = (message: string): StateServiceError => new StateServiceError('invalid', message)
export const unknown = (message: string): StateServiceError => new StateServiceError('unknown', message)
