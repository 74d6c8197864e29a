/** The paths of the API's routes and the names by which they are known (beacon-APIs; Lodestar for the state proof; checkpointz for its own). */

/** The service by which all its requests are known. */
export const BEACON_SERVICE = 'beacon'

const PATHS = {
  bootstrap: '/eth/v1/beacon/light_client/bootstrap/{}',
  updates: '/eth/v1/beacon/light_client/updates',
  finalityUpdate: '/eth/v1/beacon/light_client/finality_update',
  optimisticUpdate: '/eth/v1/beacon/light_client/optimistic_update',
  headers: '/eth/v1/beacon/headers/{}',
  blocks: '/eth/v2/beacon/blocks/{}',
  payloadEnvelopes: '/eth/v1/beacon/execution_payload_envelopes/{}',
  finalityCheckpoints: '/eth/v1/beacon/states/{}/finality_checkpoints',
  stateProof: '/eth/v0/beacon/proof/state/{}',
  genesis: '/eth/v1/beacon/genesis',
  spec: '/eth/v1/config/spec',
  forkSchedule: '/eth/v1/config/fork_schedule',
  nodeVersion: '/eth/v1/node/version',
  nodeSyncing: '/eth/v1/node/syncing',
  checkpointzStatus: '/checkpointz/v1/status',
  checkpointzSlots: '/checkpointz/v1/beacon/slots',
  events: '/eth/v1/events',
} as const satisfies Readonly<Record<string, string>>

export type RouteName = keyof typeof PATHS

export const ROUTE_NAMES = Object.keys(PATHS) as readonly RouteName[]

export interface NamedRoute {
  readonly name: RouteName
  /** What stands for the braces in the route's path; empty where it has none. */
  readonly id: string
}

/** @param path without the query */
export function findRoute(path: string): NamedRoute | undefined {
  for (const { name, before, after } of table) {
    if (after === undefined) {
      if (path === before) return { name, id: '' }
    } else if (path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length) {
      const id = path.slice(before.length, path.length - after.length)
      if (!id.includes('/')) return { name, id }
    }
  }
  return undefined
}

/** Names of a beacon API request; undefined for a path that is none. */
export function beaconRouteNames(path: string): readonly string[] | undefined {
  if (!/^\/(eth|checkpointz)\//.test(path)) return undefined
  const found = findRoute(path)
  return found === undefined ? [BEACON_SERVICE] : [BEACON_SERVICE, found.name]
}

const table = ROUTE_NAMES.map((name) => {
  const [before = '', after] = PATHS[name].split('{}')
  return { name, before, after }
})
