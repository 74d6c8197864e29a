/** What `beam` measures: ways for state to come, on an empty store, each with what it should come to. */
import type { SourceChoice } from '../src/sync/beam/source-choice.ts'

export interface BeamCase {
  readonly name: string
  readonly chain: BeamChain
  readonly sources: readonly SourceChoice[] | 'all'
  /** ms that each answer takes longer than it would. */
  readonly latencyMs: number
  readonly servers: number
  readonly evmWorkers: number
  /** JSON-RPC methods and namespaces that the servers do not have. */
  readonly without: readonly string[]
  /** The one of middling time is told. One, where it takes long enough for chance to be small. */
  readonly runs: 1 | 3
  /** Of the last block; at most. */
  readonly target: BeamTarget | undefined
}

/** `recorded`: blocks, by the paths of their files, that one client executes one after the other. */
export type BeamChain = { readonly kind: 'recorded'; readonly files: readonly string[] } | { readonly kind: 'devnet' }

export interface BeamTarget {
  readonly roundTrips?: number
  readonly networkMs?: number
  readonly ms?: number
}

/** What servers are asked for when nothing else is said: a round trip across a continent and back. */
const LATENCY_MS = 100

const ONE_SERVER = { latencyMs: LATENCY_MS, servers: 1, evmWorkers: 1, without: [], runs: 3 } as const

/** @param targets of mainnet block 24628608; other blocks have none */
export function sourceCases(file: string, targets: 'with' | 'without'): BeamCase[] {
  const chain = { kind: 'recorded', files: [file] } as const
  const target = (most: BeamTarget) => (targets === 'with' ? most : undefined)
  return [
    { ...ONE_SERVER, name: 'witness', chain, sources: ['witness'], target: target({ roundTrips: 2, ms: 1_500 }) },
    {
      ...{ ...ONE_SERVER, name: 'metadata', chain, sources: ['metadata'], target: target({ networkMs: 1_600 }) },
      ...{ latencyMs: 500, servers: 4 },
    },
    { ...ONE_SERVER, name: 'all', chain, sources: 'all', target: undefined },
    {
      ...{ ...ONE_SERVER, name: 'proofs, hinted by traces', chain, sources: ['hints', 'proofs'] },
      target: target({ roundTrips: 8, networkMs: 800 }),
    },
    {
      ...{ ...ONE_SERVER, name: 'proofs, hinted by access lists', chain, sources: ['hints', 'proofs'] },
      ...{ without: ['debug'], target: target({ roundTrips: 8, networkMs: 800 }) },
    },
    { ...ONE_SERVER, name: 'paths', chain, sources: ['paths'], runs: 1, target: target({ roundTrips: 36 }) },
    {
      ...{ ...ONE_SERVER, name: 'proofs', chain, sources: ['proofs'], runs: 1 },
      target: target({ roundTrips: 40, networkMs: 4_000 }),
    },
    {
      ...{ ...ONE_SERVER, name: 'nodes', chain, sources: ['nodes'], runs: 1 },
      target: target({ roundTrips: 120, networkMs: 12_000 }),
    },
  ]
}

/** The second fetches what the first has not left behind. */
export const consecutiveCase = (files: readonly string[]): BeamCase => ({
  ...{ ...ONE_SERVER, name: 'one after the other', chain: { kind: 'recorded', files }, sources: ['paths'] },
  ...{ runs: 1, target: undefined },
})

/** In order, and shared out over two workers, where transactions that depend on one another are adopted as well. */
export const ACCESS_LIST_CASES: readonly BeamCase[] = [1, 2].map((evmWorkers) => ({
  ...{ ...ONE_SERVER, name: 'block access list', chain: { kind: 'devnet' }, sources: ['access-list'] },
  ...{ evmWorkers, target: { roundTrips: 3 } },
}))

/** Everything comes in one answer, so that execution alone takes its time. */
export const atHandCase = (file: string, evmWorkers: number): BeamCase => ({
  ...{ ...ONE_SERVER, name: 'everything at hand', chain: { kind: 'recorded', files: [file] }, sources: ['witness'] },
  ...{ latencyMs: 0, evmWorkers, target: undefined },
})

/** Values are missing all the time, and transactions run ahead on two workers to find out which. */
export const faultsCase = (file: string): BeamCase => ({
  ...{ ...ONE_SERVER, name: 'faults', chain: { kind: 'recorded', files: [file] }, sources: ['paths'] },
  ...{ evmWorkers: 2, runs: 1, target: undefined },
})
