/** `debug_traceCall`: a message call, watched. */
import type { FlatState } from '../../state/flat-state.ts'
import { applyMessage } from '../apply-message.ts'
import type { CallContext } from '../call-block.ts'
import { CallError, INVALID_INPUT } from '../call-error.ts'
import { CALL_POLICY, MessageError } from '../message-checks.ts'
import { openCalls, type CallRequest } from '../open-calls.ts'
import type { TraceConfig } from './trace-config.ts'
import { tracerOf } from './trace-config.ts'
import { TraceSize } from './trace-size.ts'
import type { Json } from './tracer.ts'

export interface TraceCallOptions {
  /** Between two transactions, over the context's reader. Default: one that nothing has run on. */
  readonly state?: FlatState
  /** Default: as much as an answer may be. */
  readonly size?: TraceSize
}

/** @throws {CallError} for a message that no block could take @throws {TraceSizeError} @throws what the reader throws */
export async function traceCall(
  request: CallRequest,
  config: TraceConfig,
  context: CallContext,
  { state: on, size = new TraceSize() }: TraceCallOptions = {},
): Promise<Json> {
  const { message, run } = openCalls(request, context)
  const { block, state } = await run(on)
  const tracer = tracerOf(config, { table: block.table, state, reader: context.reader, size })
  if (tracer.reads !== undefined)
    await lookAtProducer(state, block.environment.coinbase, () => (state.reads = tracer.reads))
  try {
    const { gas, outcome } = await applyMessage(block, state, message, CALL_POLICY, tracer.tracing)
    state.reads = undefined
    return await tracer.result({ gasLimit: message.gas, gasUsed: BigInt(gas.paid), outcome }, state)
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    throw new CallError(INVALID_INPUT, `tracing failed: ${error.message}`)
  }
}

/** geth's prestate tracer tells of whom the block pays, also where nothing is paid. */
async function lookAtProducer(state: FlatState, coinbase: bigint, listen: () => void): Promise<void> {
  listen()
  await state.load(state.entry(coinbase))
}
