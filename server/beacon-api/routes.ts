/** What answers each route: it reads its parameters and asks the source. */
import type { BeaconSource } from './beacon-source.ts'
import { blockHeader, payloadEnvelope, signedBlock } from './block-routes.ts'
import { checkpointzSlots, checkpointzStatus } from './checkpointz-routes.ts'
import { forkSchedule, genesis, nodeSyncing, nodeVersion, spec } from './config-routes.ts'
import { bootstrap, finalityUpdate, optimisticUpdate, updates } from './light-client-routes.ts'
import type { Reply } from './reply.ts'
import type { RouteName } from './route-names.ts'
import { finalityCheckpoints, stateProof } from './state-routes.ts'

export interface RouteRequest {
  readonly source: BeaconSource
  /** The part of the path for which the route has braces. */
  readonly id: string
  readonly query: URLSearchParams
}

export type Route = (request: RouteRequest) => Reply | Promise<Reply>

/** Events are no answer, but a stream. */
export const ROUTES: Readonly<Record<Exclude<RouteName, 'events'>, Route>> = {
  bootstrap,
  updates,
  finalityUpdate,
  optimisticUpdate,
  headers: blockHeader,
  blocks: signedBlock,
  payloadEnvelopes: payloadEnvelope,
  finalityCheckpoints,
  stateProof,
  genesis,
  spec,
  forkSchedule,
  nodeVersion,
  nodeSyncing,
  checkpointzStatus,
  checkpointzSlots,
}
