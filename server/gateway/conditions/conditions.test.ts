import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { seededNumbers } from '../../devnet/light-client/seeded.ts'
import { Conditions } from './conditions.ts'

const conditions = () => new Conditions(new SimulatedClock(0), seededNumbers('conditions'))

test('nothing is in the way where nothing was ordered', () => {
  expect(conditions().draw(['beacon', 'genesis'])).toEqual({ delay: 0, isLost: false, line: undefined })
})

test('jitter is spread over latency, and losses come as often as ordered', () => {
  const one = conditions()
  one.set([{ route: 'all', latency: 100, jitter: 50, loss: 0.2 }])
  const drawn = Array.from({ length: 2_000 }, () => one.draw(['rpc']))
  const delays = drawn.map(({ delay }) => delay)
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(100)
  expect(Math.max(...delays)).toBeLessThan(150)
  expect(delays.reduce((a, b) => a + b) / delays.length).toBeCloseTo(125, -1)
  const lost = drawn.filter(({ isLost }) => isLost).length
  expect(lost).toBeGreaterThan(340)
  expect(lost).toBeLessThan(460)
})

test('the same seed meets the same', () => {
  const run = () => {
    const one = conditions()
    one.set([{ route: 'all', jitter: 1_000, loss: 0.5 }])
    return Array.from({ length: 50 }, () => one.draw(['rpc']))
  }
  expect(run()).toEqual(run())
})

test('the last rule that names a route counts, part by part', () => {
  const one = conditions()
  one.set([
    { route: 'all', latency: 100, bandwidth: 1_000 },
    { route: 'state', latency: 300 },
    { route: 'state/nodes', latency: 0 },
  ])
  expect(one.draw(['rpc']).delay).toBe(100)
  expect(one.draw(['state', 'state/paths']).delay).toBe(300)
  const nodes = one.draw(['state', 'state/nodes'])
  expect([nodes.delay, nodes.line?.bytesPerSecond]).toEqual([0, 1_000])
})
