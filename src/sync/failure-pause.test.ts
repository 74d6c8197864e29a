import { expect, test } from 'vitest'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { FailurePause } from './failure-pause.ts'

function setUp() {
  const clock = new SimulatedClock()
  const over: number[] = []
  const pause = new FailurePause(clock, () => void over.push(clock.now()))
  return { clock, over, pause }
}

test('each failure doubles the delay, from 100 ms to 60 s; a success halves it', async () => {
  const { clock, over, pause } = setUp()
  const lengths: number[] = []
  const fail = async () => {
    const begun = clock.now()
    pause.fail()
    expect(pause.active).toBe(true)
    await clock.advance(60_000)
    expect(pause.active).toBe(false)
    lengths.push(over.at(-1)! - begun)
  }
  for (let failure = 0; failure < 12; failure++) await fail()
  pause.succeed()
  await fail()
  expect(lengths).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000, 30000])
})

test('what fails during a pause neither doubles nor prolongs it', async () => {
  const { clock, over, pause } = setUp()
  pause.fail()
  await clock.advance(50)
  pause.fail()
  pause.breathe()
  await clock.advance(1_000)
  expect(over).toEqual([150])
  pause.fail()
  await clock.advance(1_000)
  expect(over.at(-1)).toBe(1_250)
})

test('a server may ask for a longer pause, within ten minutes', async () => {
  const { clock, over, pause } = setUp()
  pause.ask(5_000)
  await clock.advance(700_000)
  pause.ask(Infinity)
  await clock.advance(700_000)
  expect(over).toEqual([5_000, 1_300_000])
})

test('closed, it leaves no timer', () => {
  const { clock, pause } = setUp()
  pause.fail()
  pause.close()
  expect(clock.waiting).toBe(0)
})
