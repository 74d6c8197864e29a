import { expect, test } from 'vitest'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { STATUS_INTERVAL_MS, StatusReporter } from './status-reporter.ts'

function reporter() {
  const clock = new SimulatedClock(1_000_000)
  const told: number[] = []
  const tell = () => void told.push(clock.now() - 1_000_000)
  return { clock, told, reporter: new StatusReporter({ clock, triggers: [], refreshMs: 1_000, tell }) }
}

test('a burst is told at once, then ten times a second', async () => {
  const { clock, told, reporter: status } = reporter()
  for (let i = 0; i < 50; i++) {
    status.process()
    await clock.advance(3)
  }
  await clock.advance(STATUS_INTERVAL_MS)
  expect(told).toEqual([0, 100, 200])
  status.close()
})

test('time alone is told too, until it is closed', async () => {
  const { clock, told, reporter: status } = reporter()
  await clock.advance(3_500)
  expect(told).toEqual([1_000, 2_000, 3_000])
  status.close()
  await clock.advance(5_000)
  expect(told).toHaveLength(3)
  expect(clock.waiting).toBe(0)
})

test('what happens after it was closed is not told', async () => {
  const { clock, told, reporter: status } = reporter()
  status.close()
  status.process()
  await clock.advance(5_000)
  expect(told).toEqual([])
})
