/** An EVM worker's face: the {@link SpeculativeEvmService}, letting go of the state's side after each job. */
import { releaseProxy, type Remote } from 'comlink'
import type { CallHome } from '../../execution/remote/call-messages.ts'
import type { SpeculativeEvmService, StateHome } from '../../execution/remote/evm-messages.ts'
import { createEvmService } from '../../execution/remote/evm-service.ts'

export async function createEvmWorkerApi(): Promise<SpeculativeEvmService> {
  const service = await createEvmService()
  return {
    ...service,
    execute: (job, known, home, ticket) => lettingGo(home, service.execute(job, known, home, ticket)),
    call: (job, home, ticket) => lettingGo(home, service.call(job, home, ticket)),
    executeOpen: (session, results, home, ticket) =>
      lettingGo(home, service.executeOpen(session, results, home, ticket)),
  }
}

/** The state's side arrives as comlink's proxy; unreleased it would keep a port open until somebody collects garbage. */
async function lettingGo<T>(home: StateHome | CallHome, job: Promise<T>): Promise<T> {
  try {
    return await job
  } finally {
    ;(home as unknown as Remote<object>)[releaseProxy]()
  }
}
