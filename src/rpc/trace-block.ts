/** What the methods have in common that execute a block of the chain again and watch it. */
import type { CallRequest } from '../execution/call/open-calls.ts'
import { CallError, INVALID_INPUT } from '../execution/call/call-error.ts'
import { JsonInput } from '../execution/call/json/json-input.ts'
import { readTraceConfig, type TraceConfig } from '../execution/call/tracers/trace-config.ts'
import { readTimeout } from '../execution/call/tracers/trace-timeout.ts'
import type { TracedBlock, TracedCallWithin } from '../execution/remote/call-messages.ts'
import type { RawHeader } from '../execution/block/raw-block.ts'
import { data } from '../network/json-rpc/hex.ts'
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
  if (header.number === 0) throw new CallError(INVALID_INPUT, 'genesis is not traceable')
  const { rlp } = await context.view.block(header, context.ask)
  const work = { method: 'traceBlock', block: rlp, position: positionOf(header), transaction, ...tracing } as const
  return runOnParent(context, work, header)
}

/**
 * On the state after the first `after` transactions of the block, run as {@link traceBlock} runs them.
 * @throws {CallError} in geth's words, for the genesis block and where the block has no transaction at that place
 */
export async function traceCallWithin(
  context: RpcContext,
  header: RawHeader,
  after: bigint,
  traced: Tracing & { readonly request: CallRequest },
): Promise<Json> {
  if (header.number === 0) throw new CallError(INVALID_INPUT, 'no transaction in genesis')
  const { rlp, transactions } = await context.view.block(header, context.ask)
  const isEmpty = transactions.length === 0
  if (isEmpty ? after > 0n : after >= BigInt(transactions.length))
    throw new CallError(INVALID_INPUT, `transaction index ${after} out of range for block ${data(header.hash)}`)
  const [block, position] = [rlp, positionOf(header)]
  const work = { method: 'traceCallWithin', block, position, after: Number(after), ...traced } as const
  return runOnParent(context, work, header)
}

const positionOf = ({ number, timestamp, difficulty }: RawHeader) => ({ number, timestamp, difficulty })

async function runOnParent(
  context: RpcContext,
  work: TracedBlock | TracedCallWithin,
  header: RawHeader,
): Promise<Json> {
  const { view, ask } = context
  const [parent] = await view.ancestors(header, 1, ask)
  if (parent === undefined) throw internalError()
  const answer = await runOn(context, work, parent)
  // It is of this block, whatever was looked at for it.
  ask.evidence.at(header)
  return answer.kind === 'json' ? answer.json : null
}
