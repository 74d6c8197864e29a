/** `eth_call`: what a message would answer. */
import { applyMessage, type AppliedMessage } from './apply-message.ts'
import type { CallContext } from './call-block.ts'
import { CallError, INVALID_INPUT, outcomeError } from './call-error.ts'
import { CALL_POLICY, MessageError } from './message-checks.ts'
import { openCalls, type CallRequest, type OpenCalls } from './open-calls.ts'

/** @throws {CallError} for a revert, a failure and a message that no block could take @throws what the reader throws */
export async function ethCall(request: CallRequest, context: CallContext): Promise<Uint8Array> {
  const { outcome, failure } = await applyOrRefuse(openCalls(request, context))
  if (outcome.kind === 'success') return outcome.output
  throw outcomeError(outcome, failure, INVALID_INPUT)
}

async function applyOrRefuse({ message, run }: OpenCalls): Promise<AppliedMessage> {
  const { block, state } = await run()
  try {
    return await applyMessage(block, state, message, CALL_POLICY)
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    throw new CallError(INVALID_INPUT, `err: ${error.message} (supplied gas ${message.gas})`)
  }
}
