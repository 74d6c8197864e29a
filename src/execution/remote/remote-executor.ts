/** Hands a block to an EVM worker and answers what it asks: the owner-of-the-state's side of {@link EvmService}. */
import { DataFaultError } from '../../state/data-fault.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import {
  InvalidBlockError,
  type ExecutionJob,
  type ExecutionOutcome,
  type ExecutionState,
} from '../block/execute-block.ts'
import type { EvmService, KnownValues, ReadAnswer, ReadRequest, StateHome } from './evm-messages.ts'

/**
 * @param lend makes the state's side callable from the worker, which lets go of it when the job is over
 * @throws {DataFaultError} @throws {InvalidBlockError} as an execution in this thread would
 */
export async function executeRemotely(
  evm: EvmService,
  job: ExecutionJob,
  known: KnownValues,
  state: ExecutionState,
  lend: (home: StateHome) => StateHome,
): Promise<ExecutionOutcome> {
  const lent = lend({
    read: (requests) => Promise.all(requests.map((request) => answer(state.reader, request))),
    intermediateRoot: async (writes) => {
      try {
        return { kind: 'root', root: await state.intermediateRoot(writes) }
      } catch (error) {
        if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
        throw error
      }
    },
  })
  const result = await evm.execute(job, known, lent)
  if (result.kind === 'fault') throw new DataFaultError(result.fault)
  if (result.kind === 'invalid') throw new InvalidBlockError(result.code, result.message)
  // What the worker answered from the values it was given counts as read from the state, node by node.
  for (const { address, slots } of result.accessed) {
    await state.reader.account(address)
    for (const slot of slots) await state.reader.storage(address, slot)
  }
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
