/** What a gateway's state service answers, as a server of state. */
import type { CapabilityWindow } from '../../network/request-server.ts'
import { capabilitiesOf } from '../../network/state-service/capabilities.ts'
import type { ServiceStatus } from '../../network/state-service/messages.ts'
import type { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import type { StateAnswers, StateServer } from './state-server.ts'

/** @param status what it said of itself: its word decides only what it is asked */
export function serviceServer(client: StateServiceClient, status: ServiceStatus): Omit<StateServer, 'name'> {
  const capabilities = capabilitiesOf(status)
  const offers = Object.entries(OFFERS(client)).map(([kind, { answer, needs }]) => ({
    ...{ kind, answer },
    window: needs === 'nothing' ? ALWAYS : capabilities[needs],
  }))
  const offered = offers.filter(({ window }) => window !== undefined)
  return {
    answers: Object.fromEntries(offered.map(({ kind, answer }) => [kind, answer])),
    windows: Object.fromEntries(offered.map(({ kind, window }) => [kind, window])),
  }
}

const ALWAYS: CapabilityWindow = { kind: 'all' }

/** Blocks, headers, nodes and codes are given as far as they are at hand, also by a service that promises none. */
const OFFERS = (client: StateServiceClient) =>
  ({
    nodes: { needs: 'nothing', answer: (request, signal) => client.ask('nodes', request, signal) },
    codes: { needs: 'nothing', answer: (request, signal) => client.ask('codes', request, signal) },
    paths: { needs: 'paths', answer: (request, signal) => client.ask('paths', request, signal) },
    block: {
      needs: 'nothing',
      answer: async ({ hash }, signal) => (await client.ask('block', { blockHash: hash }, signal)).block,
    },
    headers: {
      needs: 'nothing',
      answer: async ({ from, count }, signal) =>
        (await client.ask('headers', { start: { hash: from }, count }, signal)).headers,
    },
    receipts: {
      needs: 'receipts',
      answer: async ({ block }, signal) =>
        (await client.ask('receipts', { blockHash: block.header.hash }, signal)).receipts,
    },
    accessList: {
      needs: 'access-lists',
      answer: async ({ block }, signal) =>
        (await client.ask('accessList', { blockHash: block.hash }, signal)).accessList,
    },
    witness: {
      needs: 'witness',
      answer: ({ block }, signal) => client.ask('witness', { blockHash: block.hash }, signal),
    },
    metadata: {
      needs: 'witness',
      answer: ({ block }, signal) => client.ask('witnessMetadata', { blockHash: block.hash }, signal),
    },
  }) satisfies {
    [K in keyof StateAnswers]: {
      needs: 'nothing' | 'receipts' | 'paths' | 'access-lists' | 'witness'
      answer: NonNullable<StateAnswers[K]>
    }
  }
