/** What the methods that execute here on a block's state have in common. */
import { CallError } from '../execution/call/call-error.ts'
import { JsonInput } from '../execution/call/json/json-input.ts'
import { readBlockOverrides, readCall, readStateOverrides } from '../execution/call/json/read-call.ts'
import type { CallRequest } from '../execution/call/open-calls.ts'
import type { CallAnswer, CallWork } from '../execution/remote/call-messages.ts'
import type { RawHeader } from '../execution/block/raw-block.ts'
import type { BlockSelector } from '../network/json-rpc/params/block-selector.ts'
import type { Param } from '../network/json-rpc/params/param.ts'
import type { RpcContext } from './method.ts'

/** As it came: read where its place in the parameters can be named. */
export const unread: Param<unknown> = { read: (value) => value }

export interface CallInput {
  readonly call: unknown
  readonly stateOverrides?: unknown
  readonly blockOverrides?: unknown
}

type Outcome = Exclude<CallAnswer, { readonly kind: 'failed' }>

/** @throws {CallError} -32602 that names what is wrong; for a revert and a failure; and what the chain's view throws */
export async function runCall(
  method: 'call' | 'estimateGas' | 'createAccessList',
  context: RpcContext,
  input: CallInput,
  selector: BlockSelector,
): Promise<Outcome> {
  const request: CallRequest = {
    call: readCall(new JsonInput(input.call, 'argument 0')),
    stateOverrides: given(input.stateOverrides, 'argument 2', readStateOverrides),
    blockOverrides: given(input.blockOverrides, 'argument 3', readBlockOverrides),
  }
  return runOn(context, { method, request }, await context.blocks.header(selector, context.ask))
}

/** On the state after the header. @throws {CallError} for what fails; and what the chain's view throws */
export async function runOn({ calls, ask }: RpcContext, work: CallWork, header: RawHeader): Promise<Outcome> {
  const answer = await calls.run(work, header, ask)
  // It may have looked at blocks before this one; what is said of it is said of this one.
  ask.evidence.at(header)
  if (answer.kind === 'failed') throw new CallError(answer.code, answer.message, answer.data)
  return answer
}

/** Undefined for what is left out. @throws {CallError} -32602 */
export function given<T>(value: unknown, path: string, read: (input: JsonInput) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(new JsonInput(value, path))
}
