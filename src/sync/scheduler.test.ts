import { describe, expect, test } from 'vitest'
import { RequestError } from '../network/request-server.ts'
import { UNKNOWN_QUALITY, afterFalse, afterSilence } from '../network/server-quality.ts'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { MAX_ROUNDS_WITHOUT_PAUSE, MAX_SERVERS } from './constants.ts'
import { NotAvailableError, TurnOverError, type Environment } from './environment.ts'
import type { Module, ModuleEvent } from './module.ts'
import { Scheduler, TooManyServersError } from './scheduler.ts'
import { Signal } from './signal.ts'
import { SimulatedServer, headNews, rootOf, type Behaviour } from './simulated-server.fixtures.ts'

type Turn = (environment: Environment, events: readonly ModuleEvent[]) => void

/** A scheduler over modules that do what `turns` say; what they were told is in `told`, with the time. */
function setUp(turns: Record<string, Turn>, triggers: readonly Signal[] = []) {
  const clock = new SimulatedClock()
  const told: [module: string, at: number, ...kinds: string[]][] = []
  const faults: [string, unknown][] = []
  const modules: Module[] = Object.entries(turns).map(([name, turn]) => ({
    name,
    triggers,
    process(environment, events) {
      told.push([name, clock.now(), ...events.map(({ kind }) => kind)])
      turn(environment, events)
    },
  }))
  const onModuleFault = (module: Module, error: unknown) => void faults.push([module.name, error])
  const scheduler = new Scheduler({ clock, random: () => 0.5, modules, onModuleFault })
  return { clock, told, faults, scheduler }
}

/** One module that sends a header request once, when it first sees a server. */
async function oneRequest(behaviour: Behaviour) {
  const { clock, told, scheduler } = setUp({
    module(environment, events) {
      if (!events.some(({ kind }) => kind === 'registered')) return
      const [server] = environment.candidates('headerBySlot')
      environment.send(server!, 'headerBySlot', { slot: 9 })
    },
  })
  const server = new SimulatedServer('server', clock, behaviour)
  scheduler.register(server)
  scheduler.start()
  await clock.advance(0)
  told.length = 0
  return { clock, told, scheduler, server }
}

const nothing: Turn = () => undefined

describe('turns', () => {
  test('come in the order of the list, in the first round to all, later where there is a reason', async () => {
    const changed = new Signal('changed')
    const { clock, told, scheduler } = setUp({ second: nothing, first: nothing }, [changed])
    scheduler.start()
    await scheduler.quiet()
    changed.fire()
    changed.fire()
    await scheduler.quiet()
    const server = new SimulatedServer('server', clock)
    scheduler.register(server)
    await scheduler.quiet()
    expect(told).toEqual([
      ['second', 0],
      ['first', 0],
      ['second', 0],
      ['first', 0],
      ['second', 0, 'registered'],
      ['first', 0, 'registered'],
    ])
  })

  test('see in a round what happened before it, and in another what happened during it', async () => {
    const changed = new Signal('changed')
    let fires = 2
    const { told, scheduler } = setUp({ a: nothing, b: () => void (fires-- > 0 && changed.fire()), c: nothing }, [
      changed,
    ])
    scheduler.start()
    await scheduler.quiet()
    expect(told.map(([name]) => name).join('')).toBe('abcabcabc')
  })

  test('that throw are reported, and the others and later ones happen', async () => {
    const changed = new Signal('changed')
    const error = new Error('a fault of the module')
    const broken = () => {
      throw error
    }
    const { told, faults, scheduler } = setUp({ broken, whole: nothing }, [changed])
    scheduler.start()
    await scheduler.quiet()
    changed.fire()
    await scheduler.quiet()
    expect(faults).toEqual([
      ['broken', error],
      ['broken', error],
    ])
    expect(told.map(([name]) => name)).toEqual(['broken', 'whole', 'broken', 'whole'])
  })

  test('that trigger themselves again and again leave the thread its pauses', async () => {
    const changed = new Signal('changed')
    let fires = 2.5 * MAX_ROUNDS_WITHOUT_PAUSE
    const { clock, told, scheduler } = setUp({ restless: () => void (fires-- > 0 && changed.fire()) }, [changed])
    const turnsAtPause: number[] = []
    scheduler.start()
    clock.after(0, () => void turnsAtPause.push(told.length))
    for (let turn = 0; turn < 10 * MAX_ROUNDS_WITHOUT_PAUSE; turn++) await Promise.resolve()
    expect(told).toHaveLength(MAX_ROUNDS_WITHOUT_PAUSE)
    await clock.advance(0)
    expect(turnsAtPause[0]).toBeLessThanOrEqual(2 * MAX_ROUNDS_WITHOUT_PAUSE)
    expect(told).toHaveLength(2.5 * MAX_ROUNDS_WITHOUT_PAUSE + 1)
  })

  test('over, their environment refuses', async () => {
    let kept: Environment | undefined
    const { scheduler } = setUp({ module: (environment) => void (kept = environment) })
    scheduler.start()
    await scheduler.quiet()
    expect(() => kept!.candidates('headerBySlot')).toThrow(TurnOverError)
  })

  test('may stop the scheduler, and are the last then', async () => {
    const { told, scheduler } = setUp({ a: () => scheduler.stop(), b: nothing })
    scheduler.start()
    await scheduler.quiet()
    expect(told.map(([name]) => name)).toEqual(['a'])
  })
})

describe('requests', () => {
  test('answered in time: one response, with the type of the request', async () => {
    const { clock, told, scheduler } = await oneRequest({ kind: 'answer', ms: 999 })
    await clock.advance(60_000)
    expect(told).toEqual([['module', 999, 'response']])
    expect(scheduler.servers[0]!.quality.availability).toBeGreaterThan(0.5)
  })

  test('answered late: told at the soft timeout, then the response; no other is sent there meanwhile', async () => {
    const { clock, told } = await oneRequest({ kind: 'answer', ms: 9_999 })
    await clock.advance(60_000)
    expect(told).toEqual([
      ['module', 1_000, 'late'],
      ['module', 9_999, 'response', 'available'],
    ])
  })

  test('never answered: late, failed at the hard timeout, called off; an answer after that is dropped', async () => {
    const { clock, told, scheduler, server } = await oneRequest({ kind: 'answer', ms: 15_000 })
    await clock.advance(10_000)
    expect(server.open.chain).toBe(0)
    expect(scheduler.servers[0]!.lastError?.message).toContain('has not answered a headerBySlot request within 10 s')
    await clock.advance(60_000)
    expect(told).toEqual([
      ['module', 1_000, 'late'],
      ['module', 10_000, 'failure'],
      ['module', 10_100, 'available', 'available'],
    ])
  })

  test.each<[string, Behaviour, number]>([
    ['absent', { kind: 'fail', ms: 5, fault: { code: 'absent' } }, 105],
    ['unreachable', { kind: 'fail', ms: 5, fault: { code: 'unreachable' } }, 105],
    ['busy', { kind: 'fail', ms: 5, fault: { code: 'busy', retryAfterMs: 7_000 } }, 7_005],
    ['malformed', { kind: 'fail', ms: 5, fault: { code: 'malformed' } }, 105],
    ['thrown at once', { kind: 'throw' }, 100],
  ])('failed (%s): one failure, and the server is left alone', async (_, behaviour, available) => {
    const { clock, told, scheduler } = await oneRequest(behaviour)
    await clock.advance(60_000)
    expect(told.map(([, at, ...kinds]) => [at, ...kinds])).toContainEqual([available, 'available', 'available'])
    const { quality, lastError } = scheduler.servers[0]!
    const code = behaviour.kind === 'fail' ? behaviour.fault.code : 'unreachable'
    expect(quality.verification < 0.5).toBe(code === 'malformed')
    expect(quality.availability < 0.5).toBe(code === 'unreachable' || code === 'busy')
    expect(lastError === undefined).toBe(code === 'absent')
  })

  test('of a server that is unregistered: fail first, then it is gone', async () => {
    const { clock, told, scheduler, server } = await oneRequest({ kind: 'stall' })
    scheduler.unregister(server)
    expect(server.open.chain).toBe(0)
    expect(server.subscribed).toBe(0)
    await clock.advance(60_000)
    expect(told).toEqual([['module', 0, 'failure', 'unregistered']])
    expect(clock.waiting).toBe(0)
  })

  test('end without a word when the scheduler stops', async () => {
    const { clock, told, scheduler, server } = await oneRequest({ kind: 'answer', ms: 50 })
    scheduler.stop()
    expect(server.open.chain).toBe(0)
    await clock.advance(60_000)
    expect(told).toEqual([])
    expect(clock.waiting).toBe(0)
  })

  test('start with three at once, six where content-addressed, and neither class waits for the other', async () => {
    const { clock, scheduler } = setUp({
      greedy(environment) {
        for (const server of environment.candidates('headerBySlot')) {
          while (environment.candidates('headerBySlot').includes(server))
            environment.send(server, 'headerBySlot', { slot: 1 })
        }
        for (const server of environment.candidates('headerByRoot')) {
          while (environment.candidates('headerByRoot').includes(server))
            environment.send(server, 'headerByRoot', { blockRoot: rootOf(1) })
          expect(() => environment.send(server, 'headerByRoot', { blockRoot: rootOf(1) })).toThrow(NotAvailableError)
        }
      },
    })
    const server = new SimulatedServer('server', clock, { kind: 'answer', ms: 100 })
    scheduler.register(server)
    scheduler.start()
    await clock.advance(0)
    expect(server.most).toEqual({ chain: 3, content: 6 })
    await clock.advance(1_500)
    expect(server.most.chain).toBeGreaterThan(4)
    expect(server.most.content).toBeGreaterThan(8)
    expect(server.most.chain).toBeLessThan(32)
    await clock.advance(10_000)
    expect(server.most).toEqual({ chain: 32, content: 32 })
  })
})

describe('servers', () => {
  test('that prove false are scored down and left alone', async () => {
    const { clock, told, scheduler } = setUp({
      judge(environment, events) {
        for (const event of events) {
          if (event.kind === 'registered') environment.reportFalse(event.server, new Error('forged'))
        }
        expect(environment.candidates('headerBySlot').length).toBe(events[0]?.kind === 'available' ? 1 : 0)
      },
    })
    scheduler.register(new SimulatedServer('liar', clock))
    scheduler.start()
    await clock.advance(1_000)
    expect(told).toEqual([
      ['judge', 0, 'registered'],
      ['judge', 100, 'available', 'available'],
    ])
    expect(scheduler.servers[0]!.quality).toEqual({ availability: 0.5, verification: 0.125 })
    expect(scheduler.servers[0]!.lastError?.message).toBe('forged')
  })

  test('are asked only for what they can do', async () => {
    const seen: number[] = []
    const { clock, scheduler } = setUp({
      module: (environment) =>
        void seen.push(environment.candidates('headerBySlot').length, environment.candidates('updates').length),
    })
    const server = new SimulatedServer('server', clock)
    scheduler.register(server)
    scheduler.start()
    await scheduler.quiet()
    server.capabilities = { 'light-client': { kind: 'all' } }
    server.tell({ kind: 'capabilities' })
    await scheduler.quiet()
    expect(seen).toEqual([1, 0, 0, 0])
  })

  test('announce their own limits: none for now, then some', async () => {
    const seen: number[] = []
    const { clock, told, scheduler } = setUp({
      module: (environment) => void seen.push(environment.candidates('headerBySlot').length),
    })
    const server = new SimulatedServer('server', clock)
    scheduler.register(server)
    scheduler.start()
    await clock.advance(0)
    server.tell({ kind: 'limits', parallel: { chain: 0, content: 6 } })
    server.tell(headNews(5))
    await clock.advance(100)
    server.tell({ kind: 'limits', parallel: { chain: 1, content: 6 } })
    await clock.advance(100)
    expect(seen).toEqual([1, 0, 1])
    expect(told.slice(1)).toEqual([
      ['module', 100, 'news'],
      ['module', 200, 'available'],
    ])
  })

  test('that fail at what nobody asked for are scored and named, tell no module, and are asked all the same', async () => {
    const seen: number[] = []
    const { clock, told, scheduler } = setUp({
      module: (environment) => void seen.push(environment.candidates('headerBySlot').length),
    })
    const server = new SimulatedServer('server', clock)
    scheduler.register(server)
    scheduler.start()
    await clock.advance(0)
    const before = told.length
    const fault = (code: 'absent' | 'malformed' | 'unreachable') => new RequestError({ code }, `its stream is ${code}`)
    for (const code of ['unreachable', 'malformed', 'absent'] as const) {
      server.tell({ kind: 'fault', error: fault(code) })
      await clock.advance(100)
    }
    expect(told.length).toBe(before)
    const [handle] = scheduler.servers
    expect(handle?.lastError).toEqual(fault('absent'))
    expect(handle?.quality).toEqual(afterFalse(afterSilence(UNKNOWN_QUALITY)))
    server.tell(headNews(5))
    await clock.advance(100)
    expect(seen).toEqual([1, 1])
  })

  test('that flood with news are heard ten times a second, the last word always', async () => {
    const heads: number[] = []
    const { clock, scheduler } = setUp({
      listener(_, events) {
        for (const event of events) if (event.kind === 'news' && event.news.kind === 'head') heads.push(event.news.slot)
      },
    })
    const server = new SimulatedServer('server', clock)
    scheduler.register(server)
    scheduler.start()
    await clock.advance(0)
    for (let slot = 1; slot <= 1_000; slot++) {
      server.tell(headNews(slot))
      await clock.advance(1)
    }
    await clock.advance(200)
    expect(heads).toHaveLength(11)
    expect(heads.at(0)).toBe(1)
    expect(heads.at(-1)).toBe(1_000)
  })

  test('that cannot be listened to are still asked', async () => {
    const { clock, told, scheduler } = setUp({ module: nothing })
    const server = new SimulatedServer('server', clock)
    server.subscribe = () => {
      throw new Error('no event stream')
    }
    scheduler.register(server)
    scheduler.start()
    await scheduler.quiet()
    expect(told).toEqual([['module', 0, 'registered']])
    expect(scheduler.servers[0]!.lastError?.message).toBe('no event stream')
  })

  test('have a greatest number, whether they have joined or wait to', async () => {
    const { clock, scheduler } = setUp({ module: nothing })
    const servers = Array.from({ length: MAX_SERVERS + 1 }, (_, index) => new SimulatedServer(`server ${index}`, clock))
    for (const server of servers.slice(0, 10)) scheduler.register(server)
    scheduler.start()
    await scheduler.quiet()
    for (const server of servers.slice(0, MAX_SERVERS)) scheduler.register(server)
    expect(() => scheduler.register(servers[MAX_SERVERS]!)).toThrow(TooManyServersError)
    scheduler.unregister(servers[3]!)
    scheduler.register(servers[MAX_SERVERS]!)
    await scheduler.quiet()
    expect(scheduler.servers).toHaveLength(MAX_SERVERS)
  })
})
