/** The loop that gives modules their turns and servers their requests. */
import type { Clock } from '../chain/clock.ts'
import type { RequestServer } from '../network/request-server.ts'
import { MAX_ROUNDS_WITHOUT_PAUSE, MAX_SERVERS } from './constants.ts'
import { Turn, type ServerHandle } from './environment.ts'
import type { Module, ModuleEvent, RequestEvent, RequestId, ServerEvent } from './module.ts'
import { Server } from './server.ts'
import type { Signal } from './signal.ts'

export interface SchedulerOptions {
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded: spreads requests over servers. Seeded in tests. */
  readonly random: () => number
  /** In the order of their turns: what comes first sends its requests first. */
  readonly modules: readonly Module[]
  /** A turn threw, which is a fault of the module. Its events are lost, the others are not; it gets its next turn. */
  readonly onModuleFault: (module: Module, error: unknown) => void
}

/** More servers than {@link MAX_SERVERS}. */
export class TooManyServersError extends Error {
  override name = 'TooManyServersError'
  constructor(server: string) {
    super(`${server} is not registered: there are ${MAX_SERVERS} servers, the most there may be; unregister one first`)
  }
}

interface Queued {
  /** Every module where undefined. */
  readonly to: Module | undefined
  readonly event: ModuleEvent
}

/**
 * Guarantees to modules, from {@link start} to {@link stop}:
 * - There is one loop. It goes round by round; in a round each module that has a reason gets one turn, in the order of the
 *   list; no turn begins before the one before it has ended. In the first round all have a reason, later those with an
 *   event or a fired trigger.
 * - A round hands out what happened before it began: what happens during a round makes another.
 * - Every request gets exactly one response or failure, and, before it, at most one notice that it is late; only the
 *   module that sent it is told.
 * - Of a server every module is told `registered` first and `unregistered` last, each once; in between it is told whenever
 *   the server takes requests again. When a server is unregistered, its requests fail first.
 * - Servers join between rounds only; one that is unregistered takes no request from that moment on.
 *
 * Bounds: {@link MAX_SERVERS}, and per server the requests in flight and the rate of news; so the queue is bounded too: it
 * holds at most two events per request, and per server one per kind of news and class of requests for each cause.
 */
export class Scheduler {
  private state: 'new' | 'running' | 'stopped' = 'new'
  private readonly joining = new Set<RequestServer>()
  private readonly joined = new Map<RequestServer, Server>()
  /** The values of {@link joined}. */
  private readonly active = new Set<Server>()
  private readonly senders = new Map<RequestId, Module>()
  private lastId: RequestId = 0
  private queue: Queued[] = []
  private fired = new Set<Signal>()
  /** No module has had a turn yet. */
  private first = true
  /** `held` until the thread has had a pause. */
  private round: 'none' | 'due' | 'held' | 'running' = 'none'
  private roundsSincePause = 0
  private cancelPause: (() => void) | undefined
  private quietWaiters: (() => void)[] = []
  private readonly unsubscribers: (() => void)[] = []

  constructor(private readonly options: SchedulerOptions) {}

  /** Once; the first round comes after the caller has returned. Servers may be registered before and after. */
  start(): void {
    if (this.state !== 'new') return
    this.state = 'running'
    for (const signal of new Set(this.options.modules.flatMap(({ triggers }) => triggers))) {
      const listener = () => {
        this.fired.add(signal)
        this.schedule()
      }
      this.unsubscribers.push(signal.subscribe(listener))
    }
    this.schedule()
  }

  /** For good: ends all requests and leaves all servers. The turn that called this is the last, and nobody is told anything. */
  stop(): void {
    this.state = 'stopped'
    for (const unsubscribe of this.unsubscribers) unsubscribe()
    for (const server of this.active) server.close()
    for (const container of [this.joining, this.joined, this.active, this.senders, this.fired]) container.clear()
    this.queue = []
    this.cancelPause?.()
    this.becomeQuiet()
  }

  /**
   * Its `registered` comes with the next round. Does nothing when it is registered, and after {@link stop}.
   * @throws {TooManyServersError}
   */
  register(server: RequestServer): void {
    if (this.state === 'stopped' || this.joined.has(server) || this.joining.has(server)) return
    if (this.joined.size + this.joining.size >= MAX_SERVERS) throw new TooManyServersError(server.name)
    this.joining.add(server)
    this.schedule()
  }

  /** Ends its requests. It may be registered again, as a server nothing is known of. */
  unregister(source: RequestServer): void {
    this.joining.delete(source)
    const server = this.joined.get(source)
    if (server === undefined) return
    this.joined.delete(source)
    this.active.delete(server)
    server.close()
    this.enqueue({ kind: 'unregistered', server })
  }

  /** For the status. */
  get servers(): readonly ServerHandle[] {
    return [...this.active]
  }

  /**
   * For tests: resolves when nothing is left to do until a server answers, a timer runs or a signal is fired; at once
   * where that is so already, before the start and after the stop.
   */
  quiet(): Promise<void> {
    if (this.round === 'none' || this.state !== 'running') return Promise.resolve()
    return new Promise((resolve) => this.quietWaiters.push(resolve))
  }

  private enqueue(event: ServerEvent | RequestEvent): void {
    if (this.state !== 'running') return
    this.queue.push({ to: 'id' in event ? this.sender(event) : undefined, event })
    this.schedule()
  }

  private sender(event: RequestEvent): Module {
    const module = this.senders.get(event.id)
    if (module === undefined) throw new Error(`request ${event.id} of kind ${event.of} has ended before`)
    if (event.kind !== 'late') this.senders.delete(event.id)
    return module
  }

  /** Makes sure that a round follows. */
  private schedule(): void {
    if (this.state !== 'running' || this.round !== 'none') return
    this.cancelPause ??= this.options.clock.after(0, () => this.afterPause())
    this.round = this.roundsSincePause < MAX_ROUNDS_WITHOUT_PAUSE ? 'due' : 'held'
    if (this.round === 'due') queueMicrotask(() => this.runRound())
  }

  private afterPause(): void {
    this.cancelPause = undefined
    this.roundsSincePause = 0
    if (this.round === 'held') this.runRound()
  }

  private runRound(): void {
    if (this.state !== 'running') return
    this.round = 'running'
    this.roundsSincePause += 1
    this.admit()
    const { queue, fired, first } = this
    this.queue = []
    this.fired = new Set()
    this.first = false
    for (const module of this.options.modules) {
      const events = queue.filter(({ to }) => to === undefined || to === module).map(({ event }) => event)
      if (first || events.length > 0 || module.triggers.some((signal) => fired.has(signal))) this.turn(module, events)
      if (this.stopped()) return
    }
    this.round = 'none'
    if (this.queue.length > 0 || this.fired.size > 0 || this.joining.size > 0) this.schedule()
    else this.becomeQuiet()
  }

  /** A turn may have stopped the scheduler, which the compiler does not see. */
  private stopped(): boolean {
    return this.state === 'stopped'
  }

  private admit(): void {
    for (const source of this.joining) {
      this.joining.delete(source)
      const server = new Server(source, this.options.clock, (event) => this.enqueue(event))
      this.joined.set(source, server)
      this.active.add(server)
      this.enqueue({ kind: 'registered', server })
      server.connect()
    }
  }

  private turn(module: Module, events: readonly ModuleEvent[]): void {
    const nextId = () => {
      this.lastId += 1
      this.senders.set(this.lastId, module)
      return this.lastId
    }
    const environment = new Turn(module.name, { servers: this.active, random: this.options.random, nextId })
    try {
      module.process(environment, events)
    } catch (error) {
      this.options.onModuleFault(module, error)
    } finally {
      environment.end()
    }
  }

  private becomeQuiet(): void {
    const waiters = this.quietWaiters
    this.quietWaiters = []
    for (const resolve of waiters) resolve()
  }
}
