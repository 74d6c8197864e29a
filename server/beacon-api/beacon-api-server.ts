/** A beacon node on this machine, as far as light clients see one, with faults to order: what tests of clients ask. */
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { addFaultHooks } from '../faults/fault-hooks.ts'
import { Faults } from '../faults/faults.ts'
import { createHttpApp } from '../http/http-app.ts'
import { DEFAULT_HTTP_LIMITS } from '../http/http-limits.ts'
import { beaconApiRoutes, setBeaconHeaders } from './beacon-api-routes.ts'
import type { BeaconSource } from './beacon-source.ts'
import { EventStreams } from './event-streams.ts'
import { beaconRouteNames, type RouteName } from './route-names.ts'

export interface BeaconApiOptions {
  readonly source: BeaconSource
  /** Of this machine; 0 picks one that is free. Default: 0. */
  readonly port?: number
  /** What the server takes the time from: the `Date` it says, its waits. Default: the machine's. */
  readonly clock?: Clock
  /** Default: none. */
  readonly faults?: Faults
  /** Whether it is a checkpointz instance too, which no beacon node is. Default: absent. */
  readonly checkpointz?: 'served' | 'absent'
}

export interface BeaconApiServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly faults: Faults
  /** Requests so far, by route. */
  readonly requests: ReadonlyMap<RouteName, number>
  /** Event streams that are open. */
  readonly eventClients: number
  /** Ends event streams and requests under way too. */
  close(): Promise<void>
}

/** A client opens a handful; this leaves room for dozens of them and keeps a runaway script bounded. */
const MAX_CONNECTIONS = 256

/** Serves once the promise is kept. */
export async function startBeaconApi(options: BeaconApiOptions): Promise<BeaconApiServer> {
  const { source, clock = systemClock, faults = new Faults(), checkpointz = 'absent' } = options
  const requests = new Map<RouteName, number>()
  const events = new EventStreams(clock)
  const app = createHttpApp({
    limits: { ...DEFAULT_HTTP_LIMITS, connections: MAX_CONNECTIONS },
    clock,
    // Whatever the path: it is all this server is for.
    routeNames: (path) => beaconRouteNames(path) ?? [],
  })
  app.addHook('onRequest', (request, reply, done) => {
    setBeaconHeaders(reply)
    const name = request.routeNames?.[1] as RouteName | undefined
    if (name !== undefined) requests.set(name, (requests.get(name) ?? 0) + 1)
    done()
  })
  addFaultHooks(app, { faults, clock })
  await app.register(beaconApiRoutes, { source, events, checkpointz })
  const url = await app.listen({ port: options.port ?? 0, host: '127.0.0.1' })
  return {
    url,
    faults,
    requests,
    get eventClients() {
      return events.size
    },
    close: async () => {
      events.closeAll()
      const closed = app.close()
      app.server.closeAllConnections()
      await closed
    },
  }
}
