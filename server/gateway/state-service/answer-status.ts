/** Where the chain is, and what can be asked how far back. */
import type { BlockName, ServiceStatus } from '../../../src/network/state-service/messages.ts'
import type { ExecutionBlock } from '../../execution/execution-source.ts'
import type { Answered, ServiceParts } from './service-parts.ts'

export async function answerStatus({ source }: ServiceParts): Promise<Answered<ServiceStatus>> {
  const { genesisHash, head, safe, finalized, serves } = await source.status()
  const states = [serves.paths, serves.ranges, serves.proofs].flatMap((range) =>
    range === undefined ? [] : [range.from],
  )
  const answer: ServiceStatus = {
    chainId: source.network.chainId,
    genesisHash,
    head: blockName(head),
    safe: safe && blockName(safe),
    finalized: finalized && blockName(finalized),
    oldestState: states.length === 0 ? undefined : Math.min(...states),
    serves,
  }
  return { answer, holds: 'now' }
}

const blockName = ({ number, hash }: ExecutionBlock): BlockName => ({ number, hash })
