import { describe, expect, test } from 'vitest'
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import { Faults } from './faults.ts'
import { FAULT_ROUTES } from '../gateway/route-names.ts'
import { concernedRoutes } from './fault-routes.ts'
import { FAULT_NAMES, FaultOrderError, faultRule, parseFaultOrder } from './named-faults.ts'

const source = {} as BeaconSource
const VIEWS = { staleHead: source, equivocatingHead: source, forgedUpdate: source }
const ROUTES = ['all', 'rpc', 'state/nodes']

describe('orders', () => {
  test.each([
    ['hang', { kind: 'hang', rate: 1, route: 'all' }],
    ['hang:0.25', { kind: 'hang', rate: 0.25, route: 'all' }],
    ['hang@state/nodes', { kind: 'hang', rate: 1, route: 'state/nodes' }],
    ['hang:.5@rpc', { kind: 'hang', rate: 0.5, route: 'rpc' }],
  ])('%s', (text, order) => expect(parseFaultOrder(text)).toEqual(order))

  test('every name is a fault', () => {
    for (const name of FAULT_NAMES) {
      expect(faultRule(parseFaultOrder(name), VIEWS, ROUTES)).toMatchObject({ route: 'all', rate: 1, name })
    }
  })

  test('the same faults by the names of the beacon API', () => {
    for (const [one, other] of [
      ['hang', 'stall'],
      ['wrong-bytes', 'flipped'],
      ['truncated', 'cut'],
      ['oversize', 'oversized'],
    ] as const) {
      const fault = (name: string) => faultRule(parseFaultOrder(name), VIEWS, ROUTES).fault
      expect(fault(one)).toEqual(fault(other))
    }
  })

  test.each([
    ['hung', /kind is "hung", expected one of wrong-bytes, /],
    ['', /kind is ""/],
    ['constructor', /kind is "constructor"/],
    ['status-200', /kind is "status-200"/],
    ['hang:0', /rate is 0, expected a share above 0/],
    ['hang:1.5', /rate is 1.5/],
    ['hang:often', /rate is "often"/],
    ['hang@nowhere', /route is "nowhere", expected one of all, rpc, state\/nodes/],
  ])('%s is refused', (text, message) => {
    expect(() => faultRule(parseFaultOrder(text), VIEWS, ROUTES)).toThrow(message)
  })

  test.each([
    'stale-head@genesis',
    'forged-update@rpc',
    'forged-update@headers',
    'equivocating-head@state',
    'close-events@rpc',
    'closeEvents@headers',
    'forged-proof@beacon',
    'forged-proof@state/receipts',
    'missing-entries@state/status',
    'missing-entries@stateProof',
    'truncated@events',
  ])('%s, which could never do anything, is refused', (text) => {
    const rule = () => faultRule(parseFaultOrder(text), VIEWS, FAULT_ROUTES)
    expect(rule).toThrow(FaultOrderError)
    expect(rule).toThrow(/ does nothing to .*, expected one of all, /)
  })

  test('whatever routes are said to be concerned are routes', () => {
    for (const name of FAULT_NAMES) {
      const { kind, routes } = concernedRoutes(name)
      if (kind === 'only') expect(FAULT_ROUTES).toEqual(expect.arrayContaining([...routes]))
    }
  })

  test('a view that a chain does not have cannot be ordered', () => {
    expect(() => faultRule(parseFaultOrder('stale-head'), {}, ROUTES)).toThrow(/which this chain has no view for/)
  })
})

describe('what was injected', () => {
  test('is noted once per request, when it is taken, by the name of the order', () => {
    const faults = new Faults({ random: () => 0.3, now: () => 7 })
    faults.set([faultRule(parseFaultOrder('wrong-bytes:0.5@rpc'), {}, ROUTES)])
    const drawn = faults.draw({ id: 'req-1', names: ['rpc'] })
    expect([drawn.has('flipped'), faults.injected]).toEqual([true, []])
    drawn.take('flipped')
    drawn.take('flipped')
    faults.draw({ id: 'req-2', names: ['state'] }).take('flipped')
    expect(faults.injected).toEqual([{ at: 7, kind: 'wrong-bytes', route: 'rpc', request: 'req-1' }])
  })

  test('is kept to the newest thousand', () => {
    const faults = new Faults({ now: () => 0 })
    faults.set([{ route: 'all', fault: { kind: 'stall' } }])
    for (let i = 0; i < 5_000; i++) faults.draw({ id: String(i), names: [] }).take('stall')
    expect([faults.injected.length, faults.injected.at(-1)?.request, faults.injectedCount]).toEqual([
      1_000,
      '4999',
      5_000,
    ])
  })
})
