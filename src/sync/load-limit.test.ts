import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PARALLEL_MAX } from './constants.ts'
import { LoadLimit } from './load-limit.ts'

/** Fills the limit, then answers everything in time. */
function roundOfSuccess(limit: LoadLimit): void {
  const count = limit.parallel
  for (let sent = 0; sent < count; sent++) limit.begin()
  for (let sent = 0; sent < count; sent++) limit.end({ late: false, answered: true })
}

test('ten successes at full load make room for one more; below full load they prove nothing', () => {
  const limit = new LoadLimit(3)
  for (let round = 0; round < 100; round++) {
    limit.begin()
    limit.end({ late: false, answered: true })
  }
  expect(limit.parallel).toBe(3)
  for (let round = 0; round < 11; round++) roundOfSuccess(limit)
  expect(limit.parallel).toBe(4)
})

test('a late request takes one and stops all until it has ended; one at once is left at least', () => {
  const limit = new LoadLimit(3)
  limit.begin()
  limit.late()
  expect(limit.parallel).toBe(2)
  expect(limit.hasRoom).toBe(false)
  limit.end({ late: true, answered: true })
  expect(limit.hasRoom).toBe(true)
  for (let round = 0; round < 5; round++) {
    limit.begin()
    limit.late()
    limit.end({ late: true, answered: false })
  }
  expect(limit.parallel).toBe(1)
})

test('what the server announces bounds what was learned, down to none', () => {
  const limit = new LoadLimit(6)
  limit.announce(0)
  expect(limit.hasRoom).toBe(false)
  limit.announce(100)
  expect(limit.parallel).toBe(6)
})

test('the limit stays within its bounds and the counts stay true, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { maxLength: 2_000 }),
      fc.integer({ min: 1, max: PARALLEL_MAX }),
      (steps, start) => {
        const limit = new LoadLimit(start)
        const running: { late: boolean }[] = []
        for (const step of steps) {
          const oldest = running[0]
          if (step === 0 && limit.hasRoom) {
            limit.begin()
            running.push({ late: false })
          } else if (step === 1 && oldest?.late === false) {
            limit.late()
            oldest.late = true
          } else if (step >= 2 && oldest !== undefined) {
            limit.end({ late: oldest.late, answered: step === 2 })
            running.shift()
          }
          expect(limit.inFlight).toBe(running.length)
          expect(limit.parallel >= 1 && limit.parallel <= PARALLEL_MAX).toBe(true)
          if (running.some(({ late }) => late)) expect(limit.hasRoom).toBe(false)
        }
      },
    ),
  )
})
