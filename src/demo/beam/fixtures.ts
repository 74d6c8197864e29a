/** Blocks as they are executed and statuses that tell of them, for tests of what the page says. */
import type { BeamtabStatus, BlockTrace, ModeStatus } from '../../client/public-types.ts'
import { HASH_A, HASH_B, STATUS } from '../fixtures.ts'
import { FOLLOWING } from '../follow/fixtures.ts'
import { NO_SETTINGS } from '../follow/follow-settings.ts'
import type { NetworkFile } from '../follow/network-file.ts'
import { initialState, reduce, type PageState } from '../page-state.ts'
import type { FedBlock } from './beam-state.ts'

export type BeamStatus = NonNullable<BeamtabStatus['beam']>

export const EXECUTING: ModeStatus = {
  wanted: 'beam',
  now: 'beam',
  cause: undefined,
  reason: undefined,
  retryAt: undefined,
}

export const VERIFIED_BLOCK: FedBlock = {
  number: 100,
  hash: HASH_A,
  parentHash: HASH_B,
  timestamp: 1_700_000_000,
  state: 'verified',
  reason: undefined,
  problem: undefined,
  costs: {
    source: 'access-list+paths',
    roundTrips: 3,
    requests: 4,
    nodesFetched: 75,
    nodesFromStore: 25,
    bytes: 20_480,
    networkMs: 120,
  },
  executed: {
    fork: 'osaka',
    transactions: 6,
    gasUsed: 1_500_000,
    nodes: 100,
    adopted: 2,
    ms: { decode: 1, hash: 2, senders: 10, evm: 60, root: 20, total: 93 },
  },
  times: { announced: 1_000, fetched: 1_040, started: 1_050, ended: 1_300 },
  lag: 0,
  record: { kind: 'kept' },
}

export const PENDING_BLOCK: FedBlock = {
  ...VERIFIED_BLOCK,
  ...{ number: 101, hash: HASH_B, state: 'pending', executed: undefined, lag: undefined, record: { kind: 'none' } },
  costs: {
    ...{ source: '', roundTrips: 0, requests: 0, nodesFetched: 0, nodesFromStore: 0, bytes: 0, networkMs: 0 },
  },
  times: { announced: 2_000, fetched: undefined, started: undefined, ended: undefined },
}

export const TRACE: BlockTrace = {
  moments: [
    { what: 'fetching', at: 1_050 },
    { what: 'executing', at: 1_180 },
    { what: 'verified', at: 1_300 },
    { what: 'kept', at: 1_340 },
  ],
  requests: [
    { ...{ kind: 'paths', server: 'a', items: 30, trip: 1, start: 1_060, end: 1_160, bytes: 4_096 }, fetch: 1 },
    { ...{ kind: 'paths', server: 'b', items: 12, trip: 1, start: 1_061, end: 1_170, bytes: 1_024 }, fetch: 1 },
  ],
  untold: 0,
}

export const BEAM: BeamStatus = {
  blocks: {
    head: { number: 100, hash: HASH_A, timestamp: 1_700_000_000 },
    verified: { number: 100, hash: HASH_A, timestamp: 1_700_000_000 },
    anchor: { number: 90, hash: HASH_B, timestamp: 1_699_999_880 },
    lag: { blocks: 0, seconds: 0 },
    blocks: [VERIFIED_BLOCK],
    totals: {
      ...{ verified: 10, invalid: 0, disputed: 0, skipped: 0, unavailable: 0, reorganizations: 0, overturned: 0 },
      costs: { roundTrips: 3, requests: 4, nodesFetched: 75, nodesFromStore: 25, bytes: 20_480, networkMs: 120 },
    },
    pivots: { count: 0, latest: [] },
    skipped: { count: 0, marks: [] },
    disputes: [],
    stopped: undefined,
    waiting: { previews: 0, bytes: 0, records: 0 },
  },
  servers: [
    {
      ...{ url: 'https://gateway.example', state: 'ready', kind: 'gateway', offers: ['block', 'paths'] },
      ...{ lastError: undefined, busySince: undefined },
    },
  ],
  contents: { memoryBytes: 2_048, memoryItems: 3, inFlight: 0, hits: { memory: 1, store: 2, shared: 0, network: 3 } },
}

/** That with other facts about blocks. */
export function beamWith(blocks: Partial<BeamStatus['blocks']>): BeamStatus {
  return { ...BEAM, blocks: { ...BEAM.blocks, ...blocks } }
}

export const HOME: NetworkFile = {
  ...{ name: 'devnet', from: { kind: 'home', url: 'http://home.example/network.json' }, text: '{}', content: {} },
  ...{ namesServers: true, namesStateServers: true },
}

/** The page on a network that names servers of state, while its client tells that. */
export function pageExecuting(beam: BeamStatus | undefined, mode: ModeStatus = EXECUTING): PageState {
  return [
    { type: 'network-changed', network: 'devnet', file: HOME } as const,
    { type: 'settings-read', settings: NO_SETTINGS, origin: 'visitor' } as const,
    { type: 'follow-begun', origin: 'visitor' } as const,
    { type: 'client-changed', client: { kind: 'ready', status: { ...STATUS, light: FOLLOWING, mode, beam } } } as const,
  ].reduce(reduce, initialState('mainnet'))
}
