/** The scheduler's guarantees over random servers that answer, fail, stall, flood, come back and are unregistered in flight. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { REQUEST_RULES } from '../network/request-server.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { ANNOUNCED_PAUSE_MAX_MS, HARD_TIMEOUT_MS, PARALLEL_MAX, SOFT_TIMEOUT_MS } from './constants.ts'
import type { Environment, ServerHandle } from './environment.ts'
import type { Module, ModuleEvent, RequestId } from './module.ts'
import { Scheduler } from './scheduler.ts'
import { Signal } from './signal.ts'
import { SimulatedServer, headNews, rootOf, type Behaviour } from './simulated-server.fixtures.ts'

const SERVERS = 4
/** Requests a module sends in a run: enough to fill every limit, few enough for many runs. */
const MOST_REQUESTS = 100
const KINDS = ['headerBySlot', 'headerByRoot'] as const

const behaviours: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), ms: fc.integer({ min: 1, max: 15_000 }) }),
  fc.record({ kind: fc.constant('answer' as const), ms: fc.integer({ min: 1, max: 300 }) }),
  fc.record({
    kind: fc.constant('fail' as const),
    ms: fc.integer({ min: 0, max: 12_000 }),
    fault: fc.oneof(
      fc.record({ code: fc.constantFrom('absent' as const, 'unreachable' as const, 'malformed' as const) }),
      fc.record({ code: fc.constant('busy' as const), retryAfterMs: fc.integer({ min: 0, max: 1_000_000 }) }),
    ),
  }),
  fc.constantFrom<Behaviour>({ kind: 'stall' }, { kind: 'throw' }),
)

const server = fc.nat(SERVERS - 1)
const steps = fc.oneof(
  fc.record({ kind: fc.constant('register' as const), server }),
  fc.record({ kind: fc.constant('unregister' as const), server }),
  fc.record({ kind: fc.constant('behave' as const), server, behaviour: behaviours }),
  fc.record({ kind: fc.constant('news' as const), server, count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('limits' as const), server, chain: fc.nat(8), content: fc.nat(8) }),
  fc.record({ kind: fc.constant('fire' as const) }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.oneof(fc.nat(200), fc.nat(12_000)) }),
)

/** What a module wants in its turns, one number each: how many requests, and whether it blames who answered. */
const appetites = fc.array(fc.nat(11), { minLength: 1, maxLength: 20 })

test('every guarantee holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { maxLength: 40 }),
      fc.array(appetites, { minLength: 1, maxLength: 3 }),
      fc.nat(2 ** 31 - 2),
      async (script, hungers, seed) => {
        const clock = new SimulatedClock()
        const signal = new Signal('script')
        const witnesses = hungers.map((hunger, place) => new Witness(place, hunger, clock, signal))
        const log = new TurnLog(witnesses)
        const onModuleFault = (_: Module, error: unknown) => void log.faults.push(error)
        const random = seededRandom(seed)
        const scheduler = new Scheduler({ clock, random, modules: log.modules, onModuleFault })
        const servers = Array.from({ length: SERVERS }, (_, index) => new SimulatedServer(`server ${index}`, clock))
        scheduler.register(servers[0]!)
        scheduler.start()

        for (const step of script) {
          switch (step.kind) {
            case 'register':
              scheduler.register(servers[step.server]!)
              break
            case 'unregister':
              scheduler.unregister(servers[step.server]!)
              break
            case 'behave':
              servers[step.server]!.behaviour = step.behaviour
              break
            case 'news':
              for (let slot = 0; slot < step.count; slot++) servers[step.server]!.tell(headNews(slot))
              break
            case 'limits':
              servers[step.server]!.tell({ kind: 'limits', parallel: { chain: step.chain, content: step.content } })
              break
            case 'fire':
              signal.fire()
              break
            case 'advance':
              await clock.advance(step.ms)
              break
          }
          if (step.kind === 'advance') await scheduler.quiet()
        }
        await clock.advance(0)
        for (const witness of witnesses) witness.sent = MOST_REQUESTS
        for (const each of servers) each.tell({ kind: 'limits', parallel: { chain: 9, content: 9 } })
        await clock.advance(HARD_TIMEOUT_MS)
        for (const witness of witnesses) expect([...witness.pending.keys()], 'requests without an end').toEqual([])
        await clock.advance(ANNOUNCED_PAUSE_MAX_MS)

        expect(log.faults).toEqual([])
        log.checkBroadcasts()
        for (const witness of witnesses) {
          expect([...witness.missing], 'servers that came back without an event').toEqual([])
          expect([...witness.known]).toEqual(scheduler.servers)
        }
        for (const { most } of servers) expect(Math.max(most.chain, most.content)).toBeLessThanOrEqual(PARALLEL_MAX)

        scheduler.stop()
        const turns = log.turns.length
        signal.fire()
        await clock.advance(60_000)
        expect(log.turns).toHaveLength(turns)
        expect(clock.waiting, 'timers left behind').toBe(0)
        for (const { open, subscribed } of servers) expect([open, subscribed]).toEqual([{ chain: 0, content: 0 }, 0])
      },
    ),
    { numRuns: 100 },
  )
})

/** A module that asks at random and checks what it is told against what it did. */
class Witness implements Module {
  readonly name: string
  readonly triggers: readonly Signal[]
  sent = 0
  readonly known = new Set<ServerHandle>()
  readonly pending = new Map<RequestId, { server: ServerHandle; of: string; at: number; late: boolean }>()
  /** `server load` that it found unavailable, not told since that they are available. */
  readonly missing = new Set<string>()
  private turn = 0

  constructor(
    place: number,
    private readonly hunger: readonly number[],
    private readonly clock: SimulatedClock,
    signal: Signal,
  ) {
    this.name = `module ${place}`
    this.triggers = place === 1 ? [] : [signal]
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    const appetite = this.hunger[this.turn++ % this.hunger.length]!
    for (const event of events) this.hear(event, environment, appetite)
    for (const kind of KINDS) {
      const candidates = this.look(environment, kind)
      for (const server of candidates.slice(0, this.sent < MOST_REQUESTS ? appetite % 4 : 0)) {
        const id =
          kind === 'headerBySlot'
            ? environment.send(server, kind, { slot: appetite })
            : environment.send(server, kind, { blockRoot: rootOf(appetite) })
        this.sent += 1
        this.pending.set(id, { server, of: kind, at: this.clock.now(), late: false })
      }
      this.look(environment, kind)
    }
  }

  private hear(event: ModuleEvent, environment: Environment, appetite: number): void {
    if (event.kind === 'registered') {
      expect(this.known.has(event.server)).toBe(false)
      this.known.add(event.server)
      return
    }
    expect(this.known.has(event.server), `${event.kind} of a server that is not registered`).toBe(true)
    if (event.kind === 'available') this.missing.delete(`${event.server.name} ${event.load}`)
    if (event.kind === 'unregistered') this.forget(event.server)
    if (!('id' in event)) return

    const request = this.pending.get(event.id)
    if (request === undefined) throw new Error(`${event.kind} of request ${event.id}, which has ended or is another's`)
    expect([event.server, event.of]).toEqual([request.server, request.of])
    const age = this.clock.now() - request.at
    if (event.kind === 'late') {
      expect([request.late, age]).toEqual([false, SOFT_TIMEOUT_MS])
      request.late = true
      return
    }
    expect(age).toBeLessThanOrEqual(HARD_TIMEOUT_MS)
    this.pending.delete(event.id)
    if (event.kind !== 'response') return
    if (event.of === 'headerBySlot') expect(event.response.header.slot).toBe(event.request.slot)
    if (appetite === 11) environment.reportFalse(event.server, new Error('false'))
    else environment.reportProven(event.server)
  }

  private forget(server: ServerHandle): void {
    for (const request of this.pending.values()) expect(request.server, 'gone before its requests').not.toBe(server)
    this.known.delete(server)
    for (const load of ['chain', 'content']) this.missing.delete(`${server.name} ${load}`)
  }

  /** Notes who is missing; nobody may be back without a word. */
  private look(environment: Environment, kind: (typeof KINDS)[number]): readonly ServerHandle[] {
    const candidates = environment.candidates(kind)
    for (const server of this.known) {
      const key = `${server.name} ${REQUEST_RULES[kind].load}`
      if (!candidates.includes(server)) this.missing.add(key)
      else expect(this.missing.has(key), `${key} is back without a word`).toBe(false)
    }
    for (const server of candidates) expect(this.known.has(server)).toBe(true)
    return candidates
  }
}

/** The turns of all modules in the order they were had. */
class TurnLog {
  readonly turns: { readonly place: number; readonly events: readonly ModuleEvent[] }[] = []
  readonly faults: unknown[] = []
  private running = false

  constructor(private readonly witnesses: readonly Witness[]) {}

  get modules(): readonly Module[] {
    return this.witnesses.map((witness, place) => ({
      name: witness.name,
      triggers: witness.triggers,
      process: (environment, events) => {
        expect(this.running, 'a turn within a turn').toBe(false)
        this.running = true
        this.turns.push({ place, events })
        witness.process(environment, events)
        this.running = false
      },
    }))
  }

  /** What is told to all is told to each in one round: in consecutive turns, in the order of the modules. */
  checkBroadcasts(): void {
    for (const [index, { place, events }] of this.turns.entries()) {
      const shared = events.filter((event) => !('id' in event))
      if (shared.length === 0) continue
      for (const other of this.witnesses.keys()) {
        const turn = this.turns[index - place + other]
        expect(turn?.place).toBe(other)
        expect(turn?.events.filter((event) => !('id' in event))).toEqual(shared)
      }
    }
  }
}
