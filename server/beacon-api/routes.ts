/** The routes by their paths (beacon-APIs; Lodestar for the state proof; checkpointz for its own): each reads its parameters and asks the source. */
import type { BeaconSource } from './beacon-source.ts'
import { blockHeader, payloadEnvelope, signedBlock } from './block-routes.ts'
import { checkpointzSlots, checkpointzStatus } from './checkpointz-routes.ts'
import { forkSchedule, genesis, nodeSyncing, nodeVersion, spec } from './config-routes.ts'
import { bootstrap, finalityUpdate, optimisticUpdate, updates } from './light-client-routes.ts'
import type { Reply } from './reply.ts'
import { finalityCheckpoints, stateProof } from './state-routes.ts'

export interface RouteRequest {
  readonly source: BeaconSource
  /** The last part of the path, where the route has one in braces. */
  readonly id: string
  readonly query: URLSearchParams
}

export type Route = (request: RouteRequest) => Reply | Promise<Reply>

const ROUTES = {
  bootstrap: ['/eth/v1/beacon/light_client/bootstrap/{}', bootstrap],
  updates: ['/eth/v1/beacon/light_client/updates', updates],
  finalityUpdate: ['/eth/v1/beacon/light_client/finality_update', finalityUpdate],
  optimisticUpdate: ['/eth/v1/beacon/light_client/optimistic_update', optimisticUpdate],
  headers: ['/eth/v1/beacon/headers/{}', blockHeader],
  blocks: ['/eth/v2/beacon/blocks/{}', signedBlock],
  payloadEnvelopes: ['/eth/v1/beacon/execution_payload_envelopes/{}', payloadEnvelope],
  finalityCheckpoints: ['/eth/v1/beacon/states/{}/finality_checkpoints', finalityCheckpoints],
  stateProof: ['/eth/v0/beacon/proof/state/{}', stateProof],
  genesis: ['/eth/v1/beacon/genesis', genesis],
  spec: ['/eth/v1/config/spec', spec],
  forkSchedule: ['/eth/v1/config/fork_schedule', forkSchedule],
  nodeVersion: ['/eth/v1/node/version', nodeVersion],
  nodeSyncing: ['/eth/v1/node/syncing', nodeSyncing],
  checkpointzStatus: ['/checkpointz/v1/status', checkpointzStatus],
  checkpointzSlots: ['/checkpointz/v1/beacon/slots', checkpointzSlots],
} as const satisfies Readonly<Record<string, readonly [path: string, route: Route]>>

export const EVENTS_PATH = '/eth/v1/events'

export type RouteName = keyof typeof ROUTES | 'events'

export const ROUTE_NAMES: readonly RouteName[] = [...(Object.keys(ROUTES) as (keyof typeof ROUTES)[]), 'events']

export type FoundRoute =
  | { readonly kind: 'events'; readonly name: 'events' }
  | { readonly kind: 'route'; readonly name: RouteName; readonly route: Route; readonly id: string }

/** @param path without the query */
export function findRoute(path: string): FoundRoute | undefined {
  if (path === EVENTS_PATH) return { kind: 'events', name: 'events' }
  for (const { name, route, before, after, hasId } of table) {
    if (!hasId) {
      if (path === before) return { kind: 'route', name, route, id: '' }
    } else if (path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length) {
      const id = path.slice(before.length, path.length - after.length)
      if (!id.includes('/')) return { kind: 'route', name, route, id }
    }
  }
  return undefined
}

const table = Object.entries<readonly [string, Route]>(ROUTES).map(([name, [path, route]]) => {
  const [before = '', after] = path.split('{}')
  return { name: name as RouteName, route, before, after: after ?? '', hasId: after !== undefined }
})
