import { expect, test } from 'vitest'
import { HARD_TIMEOUT_MS, SOFT_TIMEOUT_MS } from '../constants.ts'
import type { Module } from '../module.ts'
import { Scheduler } from '../scheduler.ts'
import { rootOf, SimulatedServer, type Behaviour } from '../simulated-server.fixtures.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { DetachedRequests } from './detached-requests.ts'

function scene(behaviours: Readonly<Record<string, Behaviour>>) {
  const clock = new SimulatedClock()
  const requests = new DetachedRequests(clock)
  const module: Module = {
    name: 'asks',
    triggers: [requests.wanted],
    process: (environment, events) => requests.turn(environment, events),
  }
  const scheduler = new Scheduler({
    clock,
    random: () => 0,
    modules: [module],
    onModuleFault: (_, error) => {
      throw error
    },
  })
  const servers = Object.entries(behaviours).map(([name, behaviour]) => new SimulatedServer(name, clock, behaviour))
  for (const server of servers) scheduler.register(server)
  scheduler.start()
  const ask = (falseOnes: readonly string[] = []) => {
    let turn = 0
    return requests.ask('headerByRoot', { blockRoot: rootOf(7) }, () => {
      const name = falseOnes[turn]
      turn += 1
      return name === undefined ? undefined : new Error('false')
    })
  }
  const received = () => servers.map((server) => server.received)
  return { clock, requests, scheduler, servers, ask, received }
}

const answer: Behaviour = { kind: 'answer', ms: 10 }
const absent: Behaviour = { kind: 'fail', ms: 10, fault: { code: 'absent' } }
const stall: Behaviour = { kind: 'stall' }

test('asks one server, and the next where that has nothing or says what is false', async () => {
  const { clock, ask, received, scheduler } = scene({ a: absent, b: answer, c: answer })
  await clock.advance(0)
  const found = ask(['b'])
  await clock.advance(100)
  expect((await found)?.header.slot).toBe(7)
  expect(received()).toEqual([1, 1, 1])
  expect(scheduler.servers.find(({ name }) => name === 'b')?.lastError?.message).toBe('false')
})

test('asks a second one when the first is late, and takes what comes first', async () => {
  const { clock, ask, received } = scene({ a: stall, b: answer })
  await clock.advance(0)
  const found = ask()
  await clock.advance(SOFT_TIMEOUT_MS - 1)
  expect(received()).toEqual([1, 0])
  await clock.advance(100)
  expect(await found).toBeDefined()
})

test('ends without a response when nobody has it, and when there is nobody', async () => {
  const everybody = scene({ a: absent, b: absent })
  await everybody.clock.advance(0)
  const found = everybody.ask()
  await everybody.clock.advance(100)
  expect(await found).toBeUndefined()
  const nobody = scene({})
  await nobody.clock.advance(0)
  const none = nobody.ask()
  await nobody.clock.advance(0)
  expect(await none).toBeUndefined()
})

test('waits for a server that has no room now', async () => {
  const { clock, ask, servers } = scene({ a: { kind: 'fail', ms: 10, fault: { code: 'unreachable' } } })
  await clock.advance(0)
  const first = ask()
  await clock.advance(20)
  expect(await first).toBeUndefined()
  // It is left alone after its failure.
  const second = ask()
  if (servers[0] !== undefined) servers[0].behaviour = answer
  await clock.advance(1_000)
  expect(await second).toBeDefined()
})

test('closed, it ends every question and takes no other', async () => {
  const { clock, ask, requests, received } = scene({ a: stall })
  await clock.advance(0)
  const open = ask()
  await clock.advance(10)
  requests.close()
  expect(await open).toBeUndefined()
  expect(await ask()).toBeUndefined()
  expect(received()).toEqual([1])
})

test('a server that asked to be left alone is not waited for longer than one that is silent', async () => {
  const busy: Behaviour = { kind: 'fail', ms: 10, fault: { code: 'busy', retryAfterMs: 600_000 } }
  const { clock, ask } = scene({ a: busy, b: absent })
  await clock.advance(0)
  await Promise.all([ask(), clock.advance(100)])
  let ended = false
  void ask().then(() => (ended = true))
  await clock.advance(HARD_TIMEOUT_MS - 100)
  expect(ended).toBe(false)
  await clock.advance(200)
  expect(ended).toBe(true)
  expect(clock.waiting).toBeLessThanOrEqual(1)
})
