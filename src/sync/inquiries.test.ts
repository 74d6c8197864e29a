import { expect, test } from 'vitest'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { isWithinWindow } from './capability-window.ts'
import { HARD_TIMEOUT_MS, SOFT_TIMEOUT_MS } from './constants.ts'
import type { ServerHandle } from './environment.ts'
import { ASK_AGAIN_MS, Inquiries } from './inquiries.ts'
import type { Module } from './module.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedServer, rootOf } from './simulated-server.fixtures.ts'

/** A module that wants two headers for ever, and finds what comes good or not. */
function started(worth: 'good' | 'bad', mayAsk?: (server: ServerHandle) => boolean) {
  const clock = new SimulatedClock()
  const inquiries = new Inquiries(clock)
  const came: string[] = []
  const module: Module = {
    name: 'asking',
    triggers: [inquiries.again],
    process: (environment, events) => {
      for (const event of events) {
        inquiries.hear(event)
        if (event.kind !== 'response' || event.of !== 'headerByRoot') continue
        const key = `header ${event.request.blockRoot[0]}`
        came.push(`${key} of ${event.server.name}`)
        if (worth === 'bad') inquiries.refuse(key, event.server)
      }
      for (const number of [1, 2]) {
        const key = `header ${number}`
        const isThere = worth === 'good' && came.some((one) => one.startsWith(key))
        if (!isThere) inquiries.ask(environment, 'headerByRoot', { blockRoot: rootOf(number) }, key, mayAsk)
      }
    },
  }
  const fail = (_: Module, error: unknown) => {
    throw error
  }
  const scheduler = new Scheduler({ clock, random: () => 0.5, modules: [module], onModuleFault: fail })
  const servers = ['a', 'b'].map((name) => new SimulatedServer(name, clock))
  for (const server of servers) scheduler.register(server)
  scheduler.start()
  return { clock, servers, came, scheduler, inquiries }
}

const received = (servers: readonly SimulatedServer[]) => servers.reduce((sum, server) => sum + server.received, 0)

test('each thing is asked of one server', async () => {
  const { clock, servers, came } = started('good')
  await clock.advance(500)
  expect(came).toHaveLength(2)
  expect(received(servers)).toBe(2)
})

test('a server that is late is joined by another, and by no third request', async () => {
  const { clock, servers } = started('good')
  for (const server of servers) server.behaviour = { kind: 'stall' }
  await clock.advance(SOFT_TIMEOUT_MS - 1)
  expect(received(servers)).toBe(2)
  await clock.advance(HARD_TIMEOUT_MS - SOFT_TIMEOUT_MS - 1)
  expect(received(servers)).toBe(4)
})

test.each(['bad', 'absent'] as const)('a server whose answer is %s is not asked again for a while', async (kind) => {
  const { clock, servers } = started(kind === 'bad' ? 'bad' : 'good')
  if (kind === 'absent')
    for (const server of servers) server.behaviour = { kind: 'fail', ms: 10, fault: { code: 'absent' } }
  await clock.advance(ASK_AGAIN_MS - 1)
  expect(received(servers)).toBe(4)
  await clock.advance(ASK_AGAIN_MS)
  expect(received(servers)).toBe(8)
})

test('servers that may not be asked are not, and one that leaves takes its requests with it', async () => {
  const { clock, servers, came, scheduler } = started('good', ({ name }) => name === 'b')
  servers[1]!.behaviour = { kind: 'stall' }
  await clock.advance(500)
  scheduler.unregister(servers[1]!)
  servers[1]!.behaviour = { kind: 'answer', ms: 10 }
  scheduler.register(servers[1]!)
  await clock.advance(500)
  expect(servers[0]!.received).toBe(0)
  expect(came).toEqual(['header 1 of b', 'header 2 of b'])
})

test.each([
  [undefined, 5, false],
  [{ kind: 'all' } as const, 0, true],
  [{ kind: 'since', first: 5 } as const, 5, true],
  [{ kind: 'since', first: 5 } as const, 4, false],
  [{ kind: 'latest', count: 3 } as const, 8, true],
  [{ kind: 'latest', count: 3 } as const, 7, false],
])('a window of %j reaches %i of 10: %s', (window, position, expected) => {
  expect(isWithinWindow(window, position, 10)).toBe(expected)
})

test('a closed one leaves no timer, whatever is refused before and after', async () => {
  const { clock, came, inquiries, scheduler } = started('bad')
  await clock.advance(500)
  expect(came).toHaveLength(4)
  scheduler.stop()
  await clock.advance(0)
  expect(clock.waiting).toBe(1)
  inquiries.close()
  inquiries.close()
  expect(clock.waiting).toBe(0)
  inquiries.refuse('header 3', { name: 'c' } as ServerHandle)
  expect(clock.waiting).toBe(0)
})
