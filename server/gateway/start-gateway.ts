/** The gateway: every service of one chain, and the page, on one port of this machine. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { messageOf } from '../../src/chain/thrown.ts'
import { beaconApiRoutes, setBeaconHeaders } from '../beacon-api/beacon-api-routes.ts'
import { EventStreams } from '../beacon-api/event-streams.ts'
import { addFaultHooks } from '../faults/fault-hooks.ts'
import { faultyExecution, requestFaults } from '../faults/faulty-execution.ts'
import { setCors } from '../http/cors.ts'
import { FairTurns } from '../http/fair-turns.ts'
import { createHttpApp, pathOf } from '../http/http-app.ts'
import type { PageContent } from '../page/page-routes.ts'
import { pageRoutes, pageUrl } from '../page/page-routes.ts'
import { addConditionHooks } from './conditions/condition-hooks.ts'
import { socketWay } from './conditions/socket-way.ts'
import { controlRoutes } from './control/control-routes.ts'
import { Injection } from './control/injection.ts'
import { jsonRpcRoutes, registerWebSockets } from './json-rpc/routes.ts'
import type { GatewayLimits } from './limits/gateway-limits.ts'
import { DEFAULT_LIMITS } from './limits/gateway-limits.ts'
import { addLimitHooks } from './limits/limit-hooks.ts'
import { GatewayMetrics } from './metrics/gateway-metrics.ts'
import type { GatewayOrders } from './orders.ts'
import { NO_ORDERS } from './orders.ts'
import { PortInUseError } from './port-in-use-error.ts'
import { routeNames, RPC_PATHS, RPC_SERVICE, STATE_SERVICE } from './route-names.ts'
import type { ServedChain } from './served-chain.ts'
import { stateServiceRoutes } from './state-service/state-service-routes.ts'

export interface GatewayOptions {
  readonly chain: Pick<ServedChain, 'beacon' | 'execution' | 'networkFile' | 'falseViews' | 'about'>
  /** Default: none, and `/` is JSON-RPC alone. */
  readonly page?: PageContent | undefined
  /** Those left out have their defaults. */
  readonly limits?: Partial<GatewayLimits>
  /** Faults and conditions from the start. Default: none. */
  readonly orders?: GatewayOrders
  /** JSON-RPC methods, and namespaces of methods, that it does not have. Default: none. */
  readonly without?: readonly string[] | undefined
  /** Of chances: faults and conditions. Default: `gateway`. */
  readonly seed?: string
  readonly log: FastifyBaseLogger
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Of 127.0.0.1; 0 picks one that is free. Default: 0. */
  readonly port?: number
}

export interface Gateway {
  /** Without a slash at its end. */
  readonly url: string
  readonly networkUrl: string
  readonly injection: Injection
  /** Takes no more requests, lets those under way end for some seconds, and ends all connections. Not the chain. */
  close(): Promise<void>
}

export const NETWORK_PATH = '/beamtab/network.json'
/** Says what this is. */
export const ABOUT_PATH = '/beamtab'
export const HEALTH_PATH = '/healthz'
export const METRICS_PATH = '/metrics'

/** Readable from everywhere, and no service that faults concern. */
const PUBLIC_PATHS: readonly string[] = [ABOUT_PATH, NETWORK_PATH, HEALTH_PATH]

/**
 * Serves once the promise is kept.
 * @throws {FaultOrderError} for orders that the chain has no views for; {PortInUseError}
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { chain, page, log, clock = systemClock, seed = 'gateway', orders = NO_ORDERS } = options
  const limits: GatewayLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const events = new EventStreams(clock)
  const app = createHttpApp({
    limits,
    clock,
    log,
    routeNames,
    ...(page !== undefined && { rewriteUrl: pageUrl }),
  })
  const injection = new Injection({
    clock,
    seed,
    views: chain.falseViews ?? {},
    onInjected: (injected) => {
      metrics.countInjected(injected.kind)
      log.info(injected, 'a fault was injected')
    },
  })
  injection.conditions.set(orders.conditions)
  injection.order(orders.faults)
  const metrics = new GatewayMetrics({
    ...chain,
    openConnections: () => connections.count,
    eventStreams: () => events.size,
  })
  metrics.watch(app)
  addCrossOriginHooks(app)
  const turns = new FairTurns()
  const connections = addLimitHooks(app, { limits, clock, turns })
  addFaultHooks(app, { faults: injection.faults, clock })
  addConditionHooks(app, {
    conditions: injection.conditions,
    clock,
    onLost: (request) => injection.faults.note(request, 'loss'),
  })
  app.addHook('preHandler', (request, _, done) => {
    // The first request that is remembered across promises makes every promise of the process dearer from then on.
    if (injection.faults.rules.length === 0) done()
    else requestFaults.run(request.faults, done)
  })
  await app.register(beaconApiRoutes, { source: chain.beacon, events, checkpointz: 'absent' })
  if (chain.execution !== undefined) await addExecution(app, { ...chain, execution: chain.execution })
  if (chain.falseViews !== undefined) await app.register(controlRoutes, injection)
  app.get(NETWORK_PATH, (_, reply) => reply.header('cache-control', 'no-store').send(chain.networkFile(url)))
  app.get(ABOUT_PATH, (_, reply) => reply.send(aboutGateway(chain)))
  app.get(HEALTH_PATH, (_, reply) => health(chain).then(({ status, body }) => reply.code(status).send(body)))
  app.get(METRICS_PATH, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  if (page !== undefined) await app.register(pageRoutes, { ...page, networkPath: NETWORK_PATH })
  const url = await listen(app, options.port ?? 0)
  return { url, networkUrl: `${url}${NETWORK_PATH}`, injection, close }

  async function addExecution(
    root: FastifyInstance,
    { execution }: { readonly execution: NonNullable<ServedChain['execution']> },
  ): Promise<void> {
    const { faults, random } = injection
    const faulty = (service: string) => faultyExecution({ source: execution, faults, service, random })
    await registerWebSockets(root)
    await root.register(jsonRpcRoutes, {
      source: faulty(RPC_SERVICE),
      paths: RPC_PATHS,
      bodyBytes: limits.requestBytes,
      limits: { answerLength: limits.responseBytes },
      without: options.without,
      clock,
      turns,
      way: socketWay({ conditions: injection.conditions, faults, service: RPC_SERVICE }),
      onCall: (call) => metrics.countCall(call),
      onError: (method, error) => log.error({ method, err: error }, 'a JSON-RPC call failed'),
    })
    await root.register(stateServiceRoutes, { source: faulty(STATE_SERVICE), limits })
  }

  async function close(): Promise<void> {
    events.closeAll()
    const cut = setTimeout(() => connections.destroy(), limits.drainTime)
    await app.close()
    clearTimeout(cut)
  }
}

async function listen(app: FastifyInstance, port: number): Promise<string> {
  try {
    return await app.listen({ port, host: '127.0.0.1' })
  } catch (error) {
    await app.close()
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new PortInUseError(port) : error
  }
}

/** Headers that let pages of other origins read what is public; preflights are answered before anything looks at them. */
function addCrossOriginHooks(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const [service] = request.routeNames ?? []
    if (service === undefined && !PUBLIC_PATHS.includes(pathOf(request.raw.url ?? '/'))) {
      done()
      return
    }
    if (service === 'beacon') setBeaconHeaders(reply)
    else {
      setCors(reply, {
        methods: 'GET, HEAD, POST, OPTIONS',
        headers: 'Accept, Cache-Control, Content-Type, If-None-Match',
        exposed: 'Date, ETag, Retry-After',
      })
    }
    if (request.method === 'OPTIONS') void reply.code(204).send()
    else done()
  })
}

/** For people who open its address, and for programs that look around. */
const aboutGateway = ({ execution, about }: GatewayOptions['chain']): object => ({
  software: 'Beamtab gateway',
  trust:
    'None is needed: whoever asks checks every answer, by hashes and signatures, from a checkpoint that they trust. A gateway can withhold, and not lie.',
  network: NETWORK_PATH,
  services: ['beacon', ...(execution === undefined ? [] : [RPC_SERVICE, STATE_SERVICE])],
  ...about,
})

interface Health {
  readonly status: 200 | 503
  readonly body: object
}

async function health({ beacon, execution }: GatewayOptions['chain']): Promise<Health> {
  try {
    const { block, clockSlot } = await beacon.head()
    const status = await execution?.status()
    const head = { headSlot: block.header.slot, clockSlot, headNumber: status?.head.number ?? null }
    return { status: 200, body: { status: 'ok', ...head } }
  } catch (error) {
    return { status: 503, body: { status: 'unavailable', message: messageOf(error) } }
  }
}
