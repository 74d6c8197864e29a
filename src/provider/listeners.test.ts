import fc from 'fast-check'
import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Listeners, MAX_LISTENERS } from './listeners.ts'
import { world } from './provider.fixtures.ts'

describe('listeners', () => {
  test('one that throws stops no other, and what it threw is told', async () => {
    const { provider, session, events, uncaught } = world({}, { ready: false })
    const fault = new Error('the page is broken')
    provider.removeAllListeners('connect')
    provider.on('connect', () => {
      throw fault
    })
    provider.on('connect', asyncListener(fault))
    provider.on('connect', () => void events.push('heard'))
    session.ready()
    await Promise.resolve()
    expect(events).toEqual(['heard'])
    expect(uncaught).toEqual([fault, fault])
  })

  test('without somewhere to tell it, it is thrown again when nobody is called', async () => {
    const caught: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => void caught.push(error))
    try {
      const it = world({ onUncaught: undefined as never })
      const fault = new Error('the page is broken')
      it.provider.on('disconnect', () => {
        throw fault
      })
      it.close()
      expect(caught).toEqual([])
      await it.clock.advance(0)
      expect(caught).toEqual([fault])
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })

  test('what is no function is told, and added nowhere', () => {
    const { provider, uncaught } = world()
    for (const rubbish of [undefined, null, {}, 'listener']) provider.on('connect', rubbish as never)
    expect(uncaught).toHaveLength(4)
    expect(provider.listenerCount('connect')).toBe(1)
  })

  test('are bounded', () => {
    const told: unknown[] = []
    const listeners = new Listeners((thrown) => told.push(thrown))
    for (let count = 0; count < MAX_LISTENERS + 1; count++) listeners.add(`event ${count}`, () => undefined, 'always')
    expect(told).toHaveLength(1)
    listeners.removeAll()
    listeners.add('event', () => undefined, 'always')
    expect(listeners.countOf('event')).toBe(1)
  })

  test('one that makes the event happen again is called once when it is to be', () => {
    const told: string[] = []
    const listeners = new Listeners(() => undefined)
    listeners.add('event', () => void (told.push('always') < 3 && listeners.emit('event')), 'always')
    listeners.add('event', () => void told.push('once'), 'once')
    listeners.emit('event')
    expect(told).toEqual(['always', 'always', 'always', 'once'])
  })

  test('one that is removed while its event is told is still called, once, as it was there when that began', () => {
    const told: string[] = []
    const listeners = new Listeners(() => undefined)
    const both = (): void => {
      told.push('called')
      listeners.remove('event', both)
    }
    listeners.add('event', both, 'always')
    listeners.add('event', both, 'once')
    listeners.emit('event')
    expect(told).toEqual(['called', 'called'])
    expect(listeners.countOf('event')).toBe(0)
  })

  test('are called as those of an EventEmitter, whatever is added and removed while they are', () => {
    const step = fc.record({
      what: fc.constantFrom('on', 'once', 'off', 'emit', 'clear'),
      event: fc.constantFrom('a', '__proto__'),
      which: fc.nat(3),
      /** What the listener does when it is called. */
      then: fc.constantFrom('nothing', 'off', 'on'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ours: string[] = []
        const theirs: string[] = []
        const listeners = new Listeners(() => undefined)
        const emitter = new EventEmitter()
        const pairs = [0, 1, 2, 3].map((which) => {
          const then = steps.find((step) => step.which === which)?.then
          const our = (): void => {
            ours.push(`${which}`)
            if (then === 'off') listeners.remove('a', our)
            if (then === 'on') listeners.add('__proto__', our, 'always')
          }
          const their = (): void => {
            theirs.push(`${which}`)
            if (then === 'off') emitter.off('a', their)
            if (then === 'on') emitter.on('__proto__', their)
          }
          return { our, their }
        })
        emitter.setMaxListeners(0)
        for (const { what, event, which } of steps) {
          const { our, their } = pairs[which]!
          if (what === 'on' || what === 'once') {
            listeners.add(event, our, what === 'on' ? 'always' : 'once')
            emitter[what](event, their)
          } else if (what === 'off') {
            listeners.remove(event, our)
            emitter.off(event, their)
          } else if (what === 'clear') {
            listeners.removeAll(event)
            emitter.removeAllListeners(event)
          } else if (listeners.countOf(event) < 100) {
            listeners.emit(event)
            emitter.emit(event)
          }
        }
        expect(ours).toEqual(theirs)
        expect(listeners.countOf('a')).toBe(emitter.listenerCount('a'))
      }),
    )
  })
})

/** As a page passes one, though the types ask for none. */
const asyncListener = (fault: Error): (() => void) => {
  const listener: () => unknown = () => Promise.reject(fault)
  return listener
}
