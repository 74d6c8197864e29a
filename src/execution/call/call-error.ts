/** What a caller gets instead of a result: codes and words of the execution API, as geth gives them. */
import { bytesToHex } from '@ethereumjs/util'
import type { Outcome } from '../evm/frame.ts'
import { revertReason } from './revert-reason.ts'

/** The JSON-RPC error of a call that has no result. */
export class CallError extends Error {
  override name = 'CallError'
  constructor(
    readonly code: number,
    message: string,
    readonly data?: string,
  ) {
    super(message)
  }
}

export const INVALID_INPUT = -32000
export const INVALID_PARAMS = -32602
/** A revert; `data` is what the contract gave with it. */
export const REVERTED = 3
/** Any other end of a simulated call that is no success (`eth_simulateV1` only; elsewhere {@link INVALID_INPUT}). */
export const VM_ERROR = -32015

export function revertError(output: Uint8Array): CallError {
  const reason = revertReason(output)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new CallError(REVERTED, message, bytesToHex(output))
}

/** A message ran and came to nothing. `words` are for a failure. */
export function outcomeError(outcome: Exclude<Outcome, { kind: 'success' }>, words: string, code: number): CallError {
  return outcome.kind === 'revert' ? revertError(outcome.output) : new CallError(code, words)
}
