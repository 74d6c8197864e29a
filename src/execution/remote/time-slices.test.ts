/** Who computes when several jobs share a thread, on a clock that moves only where they compute. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SlicedJob } from './sliced-job.ts'
import { simulatedThread, type SimulatedThread } from './time-slices.fixtures.ts'
import { JobCancelledError, SLICE_MS, type JobKind } from './time-slices.ts'

const LONG = 4_000

/** A job that comes to the thread while others compute, at a time or later. */
async function arrival(thread: SimulatedThread, at: number, kind: JobKind, ms: number) {
  const job = await new Promise<ReturnType<SimulatedThread['compute']>>((resolve) =>
    thread.message(at, () => resolve(thread.compute(kind, ms))),
  )
  await job.done
  return job
}

test('a job that has the thread to itself computes at once, and hears messages after each slice', async () => {
  const thread = simulatedThread()
  const { done, times } = thread.compute('import', 10 * SLICE_MS)
  expect(await done).toBe('done')
  expect(times).toEqual(Array.from({ length: 10 * SLICE_MS }, (_, ms) => ms))
  expect(thread.heard()).toBe(9)
})

test.each<JobKind>(['speculation', 'import'])(
  'a call waits for the slice under way, and no longer: beside %s',
  async (kind) => {
    const thread = simulatedThread()
    const block = thread.compute(kind, LONG)
    for (const gap of [10, 90, 4, 600, 1_300]) {
      const at = thread.now() + gap
      const call = await arrival(thread, at, 'call', 5)
      expect(call.times[0]! - at).toBeLessThanOrEqual(SLICE_MS)
      expect(call.times.at(-1)! - call.times[0]!).toBe(4)
    }
    await block.done
  },
)

test('beside a block and speculation a call waits for at most two slices', async () => {
  const thread = simulatedThread()
  const others = [
    thread.compute('import', LONG),
    thread.compute('speculation', LONG),
    thread.compute('speculation', LONG),
  ]
  for (const gap of [10, 13, 150, 600, 800]) {
    const at = thread.now() + gap
    const call = await arrival(thread, at, 'call', 20)
    expect(call.times[0]! - at).toBeLessThanOrEqual(2 * SLICE_MS)
  }
  await Promise.all(others.map(({ done }) => done))
})

test.each([1, 30])('a block is done in twice its time beside %i endless calls', async (count) => {
  const thread = simulatedThread()
  const calls = Array.from({ length: count }, () => thread.compute('call', 10 * LONG))
  const block = thread.compute('import', LONG)
  await block.done
  expect(thread.now()).toBeLessThanOrEqual(2 * LONG + 2 * SLICE_MS)
  for (const { job } of calls) job.cancel()
})

test('running ahead goes on beside a block and calls, at a ninth of the time', async () => {
  const thread = simulatedThread()
  const all = (['call', 'import', 'speculation'] as const).map((kind) => thread.compute(kind, LONG))
  await all[0]!.done
  const [calls, block, ahead] = all.map(({ times }) => times.length)
  expect(calls).toBe(LONG)
  expect(block! / LONG).toBeCloseTo(1, 1)
  expect(ahead! / LONG).toBeCloseTo(1 / 4, 1)
  for (const { job } of all) job.cancel()
})

test('calls take turns: a short one is not behind endless ones', async () => {
  const thread = simulatedThread()
  const endless = Array.from({ length: 4 }, () => thread.compute('call', LONG))
  const short = await arrival(thread, 100, 'call', 5)
  expect(short.times.at(-1)! - 100).toBeLessThanOrEqual(5 * SLICE_MS + 5)
  for (const { job } of endless) job.cancel()
})

test('who was idle has saved up nothing', async () => {
  const thread = simulatedThread()
  await thread.compute('import', LONG).done
  const ahead = thread.compute('speculation', LONG)
  const block = await arrival(thread, LONG + 500, 'import', 200)
  expect(block.times.at(-1)! - (LONG + 500)).toBeLessThanOrEqual(200 * (5 / 4) + 2 * SLICE_MS)
  ahead.job.cancel()
})

test('who waits for something gives the thread away, and gets it back in turn', async () => {
  const thread = simulatedThread()
  const reading = new SlicedJob(thread.slices, 'import')
  let answer = (_: string) => undefined as void
  const read = reading.run(() => reading.away(new Promise<string>((resolve) => (answer = resolve))))
  const block = thread.compute('import', 2 * SLICE_MS)
  thread.message(SLICE_MS, () => answer('value'))
  expect(await read).toBe('value')
  expect(thread.now()).toBe(2 * SLICE_MS)
  expect(await block.done).toBe('done')
})

test('cancelled while it computes, a job ends with its slice, and the next one goes on', async () => {
  const thread = simulatedThread()
  const [loop, block] = [thread.compute('call', Infinity), thread.compute('import', 100)]
  thread.message(50, () => loop.job.cancel())
  expect(await loop.done).toBeInstanceOf(JobCancelledError)
  expect(loop.times.at(-1)! - 50).toBeLessThanOrEqual(2 * SLICE_MS)
  expect(await block.done).toBe('done')
  expect(await thread.compute('call', 3).done).toBe('done')
})

test('cancelled while it waits, for an answer or for the thread, a job ends at once', async () => {
  const thread = simulatedThread()
  const block = thread.compute('import', LONG)
  const reading = new SlicedJob(thread.slices, 'call')
  const read = reading.run(() => reading.away(new Promise<never>(() => undefined)))
  const queued = thread.compute('speculation', LONG)
  let endedAt = 0
  void Promise.allSettled([read, queued.done]).then(() => (endedAt = thread.now()))
  thread.message(100, () => {
    reading.cancel()
    queued.job.cancel()
  })
  await expect(read).rejects.toThrow(JobCancelledError)
  expect(await queued.done).toBeInstanceOf(JobCancelledError)
  await block.done
  expect(endedAt).toBeLessThanOrEqual(100 + SLICE_MS)
})

test('what is cancelled before it began does nothing', async () => {
  const thread = simulatedThread()
  const job = new SlicedJob(thread.slices, 'call')
  job.cancel()
  let begun = 0
  await expect(job.run(() => void (begun += 1))).rejects.toThrow(JobCancelledError)
  expect(begun).toBe(0)
})

test('two parts of one job may wait at a time, and a job that fails lets go of the thread', async () => {
  const thread = simulatedThread()
  const job = new SlicedJob(thread.slices, 'import')
  const answers: (() => void)[] = []
  const part = () => job.away(new Promise<void>((resolve) => answers.push(resolve)))
  const both = job.run(() => Promise.all([part(), part()]))
  const other = thread.compute('call', 2 * SLICE_MS)
  thread.message(1, () => answers[1]!())
  thread.message(SLICE_MS + 1, () => answers[0]!())
  await Promise.all([both, other.done])
  const failing = new SlicedJob(thread.slices, 'import')
  await expect(failing.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await thread.compute('speculation', 1).done).toBe('done')
})

test('only what it computes counts as a job’s work', async () => {
  const thread = simulatedThread()
  const [mine, other] = [thread.compute('import', 100), thread.compute('import', 100)]
  await Promise.all([mine.done, other.done])
  expect([mine.job.worked(), other.job.worked()]).toEqual([100, 100])
})

test('whatever comes and is cancelled, all that is not cancelled is done, and one computes at a time', async () => {
  const kinds = fc.constantFrom<JobKind>('call', 'import', 'speculation')
  const plan = fc.record({
    kind: kinds,
    at: fc.integer({ min: 0, max: 300 }),
    ms: fc.integer({ min: 1, max: 120 }),
    cancelAfter: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 12 }), async (plans) => {
      const thread = simulatedThread()
      // Keeps the thread hearing until all have come and are done.
      const background = thread.compute('speculation', 12 * 120 + 1_000)
      const jobs = await Promise.all(
        plans.map(
          ({ kind, at, ms, cancelAfter }) =>
            new Promise<{ ended: 'done' | Error; cancelled: boolean; times: readonly number[] }>((resolve) => {
              thread.message(at, () => {
                const { job, done, times } = thread.compute(kind, ms)
                if (cancelAfter !== undefined) thread.message(at + cancelAfter, () => job.cancel())
                void done.then((ended) => resolve({ ended, cancelled: cancelAfter !== undefined, times }))
              })
            }),
        ),
      )
      await background.done
      for (const { ended, cancelled } of jobs) {
        if (!cancelled) expect(ended).toBe('done')
        else if (ended !== 'done') expect(ended).toBeInstanceOf(JobCancelledError)
      }
      const all = jobs.flatMap(({ times }) => times)
      expect(new Set(all).size).toBe(all.length)
    }),
  )
})
