/** The names by which the gateway knows its requests: for faults, conditions, limits and metrics. */
import { STATE_SERVICE_PATH } from '../../src/network/state-service/constants.ts'
import { BLOCK_PARTS } from '../../src/network/state-service/http-form.ts'
import { BEACON_SERVICE, beaconRouteNames, ROUTE_NAMES } from '../beacon-api/route-names.ts'

export const RPC_SERVICE = 'rpc'
export const STATE_SERVICE = 'state'

export const RPC_PATHS: readonly string[] = ['/', '/rpc']

/** Of the state service's paths, by which its routes go; what comes under a block goes by its own word. */
const STATE_ROUTES: readonly string[] = [
  'status',
  'headers',
  'blocks',
  ...Object.values(BLOCK_PARTS),
  'nodes',
  'codes',
  'paths',
  'ranges',
  'transactions',
]

/** What a rule for faults or conditions may name. */
export const FAULT_ROUTES: readonly string[] = [
  'all',
  BEACON_SERVICE,
  ...ROUTE_NAMES,
  RPC_SERVICE,
  STATE_SERVICE,
  ...STATE_ROUTES.map((name) => `${STATE_SERVICE}/${name}`),
]

/** From the service to its route; undefined for what is no service of a chain. @param path without the query */
export function routeNames(path: string): readonly string[] | undefined {
  if (RPC_PATHS.includes(path)) return [RPC_SERVICE]
  if (path.startsWith(`${STATE_SERVICE_PATH}/`)) {
    const [first, , third] = path.slice(STATE_SERVICE_PATH.length + 1).split('/')
    const route = STATE_ROUTES.find((name) => name === (first === 'blocks' ? (third ?? first) : first))
    return route === undefined ? [STATE_SERVICE] : [STATE_SERVICE, `${STATE_SERVICE}/${route}`]
  }
  return beaconRouteNames(path)
}
