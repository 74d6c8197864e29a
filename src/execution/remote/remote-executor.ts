/** Hands a block to an EVM worker and answers what it asks: the owner-of-the-state's side of an EVM service. */
import { DataFaultError } from '../../state/data-fault.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import { InvalidBlockError, type ExecutionOutcome, type ExecutionState } from '../block/execute-block.ts'
import type { CachedCode, ExecutionAnswer, ReadAnswer, ReadRequest, StateHome } from './evm-messages.ts'

/**
 * @param run begins the job at a worker
 * @param lend makes the state's side callable from the worker, which lets go of it when the job is over
 * @param admitCodes told of code that the worker ran without asking for it
 * @throws {DataFaultError} @throws {InvalidBlockError} as an execution in this thread would
 */
export async function executeRemotely(
  run: (home: StateHome) => Promise<ExecutionAnswer>,
  state: ExecutionState,
  lend: (home: StateHome) => StateHome,
  admitCodes: (codes: readonly CachedCode[]) => void,
): Promise<ExecutionOutcome> {
  // An error loses its class on the way to the worker and back; the first one is kept here as it was.
  let failure: { readonly error: unknown } | undefined
  const lent = lend({
    read: async (requests) => {
      try {
        return await Promise.all(requests.map((request) => answer(state.reader, request)))
      } catch (error) {
        failure ??= { error }
        throw error
      }
    },
    intermediateRoot: async (writes) => {
      try {
        return { kind: 'root', root: await state.intermediateRoot(writes) }
      } catch (error) {
        if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
        failure ??= { error }
        throw error
      }
    },
  })
  const result = await run(lent).catch((error: unknown) => {
    throw failure === undefined ? error : failure.error
  })
  // Whatever the worker made of a read that failed, nothing follows from it.
  if (failure !== undefined) throw failure.error
  if (result.kind === 'fault') throw new DataFaultError(result.fault)
  if (result.kind === 'invalid') throw new InvalidBlockError(result.code, result.message)
  // What the worker answered from the values it was given counts as read from the state, node by node.
  for (const { address, slots } of result.accessed) {
    await state.reader.account(address)
    for (const slot of slots) await state.reader.storage(address, slot)
  }
  admitCodes(result.cachedCodes)
  return result.outcome
}

async function answer(reader: FlatReader, request: ReadRequest): Promise<ReadAnswer> {
  try {
    switch (request.kind) {
      case 'account':
        return { kind: 'account', value: await reader.account(request.address) }
      case 'storage':
        return { kind: 'bytes', value: await reader.storage(request.address, request.slot) }
      case 'code':
        return { kind: 'bytes', value: await reader.code(request.codeHash, request.address) }
    }
  } catch (error) {
    if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
    throw error
  }
}
