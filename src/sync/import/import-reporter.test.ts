import { expect, test } from 'vitest'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { ImportReporter } from './import-reporter.ts'

test('tells at most ten times a second, and always what came last', async () => {
  const clock = new SimulatedClock(1_000_000)
  const told: number[] = []
  const reporter = new ImportReporter(clock, () => told.push(clock.now()))
  for (let ms = 0; ms < 1_000; ms += 7) {
    reporter.changed()
    await clock.advance(7)
  }
  expect(told.length).toBeLessThanOrEqual(11)
  expect(told.every((at, n) => n === 0 || at - told[n - 1]! >= 100)).toBe(true)
  reporter.changed()
  const before = told.length
  await clock.advance(100)
  expect(told).toHaveLength(before + 1)
  clock.set(0)
  reporter.changed()
  await clock.advance(100)
  expect(told).toHaveLength(before + 2)
  reporter.changed()
  reporter.close()
  expect(clock.waiting).toBe(0)
})

test('nothing is told once it is closed, as of records that are still being written', async () => {
  const clock = new SimulatedClock(1_000_000)
  let told = 0
  const reporter = new ImportReporter(clock, () => (told += 1))
  reporter.close()
  reporter.changed()
  await clock.advance(1_000)
  expect([told, clock.waiting]).toEqual([0, 0])
})
