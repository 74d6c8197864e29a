/** Which requests a fault can do anything to: an order that could never do anything is a mistake of whoever gives it. */
import { BEACON_SERVICE, type RouteName } from '../beacon-api/route-names.ts'

/** Names of requests; `all` and the services' own stand for what they have of these. */
export type ConcernedRoutes = { readonly kind: 'allBut' | 'only'; readonly routes: readonly string[] }

const beacon = (...routes: readonly RouteName[]): readonly string[] => ['all', BEACON_SERVICE, ...routes]

/** An event stream has no end that a body could be spoiled at, nor a length. */
const BODIES: ConcernedRoutes = { kind: 'allBut', routes: ['events'] }
const EVERY: ConcernedRoutes = { kind: 'allBut', routes: [] }

/** What has nodes, codes, leaves or proofs in it. */
const ENTRIES: ConcernedRoutes = {
  kind: 'only',
  routes: [
    ...['all', 'rpc', 'state'],
    ...['witness', 'witness-metadata', 'nodes', 'codes', 'paths', 'ranges'].map((route) => `state/${route}`),
  ],
}

const UPDATES = ['updates', 'finalityUpdate', 'optimisticUpdate', 'events'] as const

/** What the head is asked for by, or bounds. */
const BY_HEAD = [
  ...['bootstrap', 'headers', 'blocks', 'payloadEnvelopes'],
  ...['finalityCheckpoints', 'stateProof', 'nodeSyncing'],
] as readonly RouteName[]

/** By the name of an order; those that are left out concern every request. */
const CONCERNED: Readonly<Record<string, ConcernedRoutes>> = {
  'wrong-bytes': BODIES,
  truncated: BODIES,
  'slow-drip': BODIES,
  oversize: BODIES,
  'missing-entries': ENTRIES,
  'forged-proof': ENTRIES,
  'stale-head': {
    kind: 'only',
    routes: [...beacon(...BY_HEAD, ...UPDATES), 'rpc', 'state', 'state/status', 'state/headers'],
  },
  // Best updates are of periods, not of the head.
  'equivocating-head': {
    kind: 'only',
    routes: beacon('headers', 'blocks', 'payloadEnvelopes', 'finalityUpdate', 'optimisticUpdate', 'events'),
  },
  'forged-update': { kind: 'only', routes: beacon(...UPDATES) },
  'close-events': { kind: 'only', routes: beacon('events') },
}

/** @param kind the name of an order, not one of its other names */
export const concernedRoutes = (kind: string): ConcernedRoutes => CONCERNED[kind] ?? EVERY

export const isConcerned = ({ kind, routes }: ConcernedRoutes, route: string): boolean =>
  routes.includes(route) === (kind === 'only')
