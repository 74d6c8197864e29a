/** What the methods have in common that execute a block of the chain again and watch it. */
import { CallError, INVALID_INPUT } from '../execution/call/call-error.ts'
import { JsonInput } from '../execution/call/json/json-input.ts'
import { readTraceConfig, type TraceConfig } from '../execution/call/tracers/trace-config.ts'
import { readTimeout } from '../execution/call/tracers/trace-timeout.ts'
import type { RawHeader } from '../execution/block/raw-block.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { internalError } from '../network/json-rpc/rpc-error.ts'
import { runOn } from './message-call.ts'
import type { RpcContext } from './method.ts'

export interface Tracing {
  readonly config: TraceConfig
  readonly limitMs: number
}

/** @throws {CallError} -32602 that names what is wrong */
export function readTracing(value: unknown, path: string): Tracing {
  const input = new JsonInput(value ?? {}, path)
  return { config: readTraceConfig(input), limitMs: readTimeout(input) }
}

/**
 * The block's body is proven by its header, and runs here on the state of its parent, system calls and the transactions
 * before those that are wanted first.
 * @throws {CallError} for the genesis block and past the bounds; and what the chain's view throws
 */
export async function traceBlock(
  context: RpcContext,
  header: RawHeader,
  transaction: number | 'all',
  tracing: Tracing,
): Promise<Json> {
  const { view, ask } = context
  const { number, timestamp, difficulty } = header
  if (number === 0) throw new CallError(INVALID_INPUT, 'genesis is not traceable')
  const [parent] = await view.ancestors(header, 1, ask)
  if (parent === undefined) throw internalError()
  const { rlp } = await view.block(header, ask)
  const position = { number, timestamp, difficulty }
  const answer = await runOn(context, { method: 'traceBlock', block: rlp, position, transaction, ...tracing }, parent)
  // It is of this block, whatever was looked at for it.
  ask.evidence.at(header)
  return answer.kind === 'json' ? answer.json : null
}
