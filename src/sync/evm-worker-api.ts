/** An EVM worker's face: the {@link EvmService}, letting go of the state's side after each job. */
import { releaseProxy, type Remote } from 'comlink'
import type { EvmService, StateHome } from '../execution/remote/evm-messages.ts'
import { createEvmService } from '../execution/remote/evm-service.ts'

export async function createEvmWorkerApi(): Promise<EvmService> {
  const service = await createEvmService()
  return {
    async execute(job, known, home) {
      try {
        return await service.execute(job, known, home)
      } finally {
        // Arrives as comlink's proxy; unreleased it would keep a port open until somebody collects garbage.
        ;(home as unknown as Remote<StateHome>)[releaseProxy]()
      }
    },
  }
}
