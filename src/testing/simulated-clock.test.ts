import { expect, test } from 'vitest'
import { SimulatedClock } from './simulated-clock.ts'

test('timers run in the order of their times, also those that timers set, and none past the end', async () => {
  const clock = new SimulatedClock(1_000)
  const ran: [string, number][] = []
  const note = (name: string) => () => void ran.push([name, clock.now()])
  clock.after(20, note('second'))
  clock.after(10, () => {
    note('first')()
    clock.after(10, note('third, set last'))
    clock.after(11, note('too late'))
  })
  clock.after(15, note('cancelled'))()
  await clock.advance(20)
  expect(ran).toEqual([
    ['first', 1_010],
    ['second', 1_020],
    ['third, set last', 1_020],
  ])
  expect(clock.now()).toBe(1_020)
  expect(clock.waiting).toBe(1)
})

test('promises settle between timers', async () => {
  const clock = new SimulatedClock()
  const ran: string[] = []
  clock.after(1, () => void Promise.resolve().then(() => Promise.resolve().then(() => ran.push('promise'))))
  clock.after(1, () => void ran.push('timer'))
  await clock.advance(1)
  expect(ran).toEqual(['promise', 'timer'])
})

test('timers run as long after they were set, however the clock is set', async () => {
  const clock = new SimulatedClock(1_000_000)
  const ran: number[] = []
  clock.after(20, () => void ran.push(clock.now()))
  await clock.advance(5)
  clock.set(1_000)
  await clock.advance(14)
  expect(ran).toEqual([])
  await clock.advance(1)
  expect(ran).toEqual([1_015])
})
