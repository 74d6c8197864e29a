/** Who is asked when, which answer counts, and that nothing is left behind. */
import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { UnavailableError } from '../../execution/execution-source.ts'
import { firstGood, type Times } from './first-good.ts'

class BadAnswer extends Error {}

const TIMES: Times = { patience: 1_000, limit: 10_000 }

type Habit =
  | { readonly kind: 'answers'; readonly after: number; readonly answer: string | undefined }
  | { readonly kind: 'fails'; readonly after: number; readonly error: Error }
  | { readonly kind: 'hangs' }

const says = (answer: string | undefined, after = 0): Habit => ({ kind: 'answers', after, answer })
const fails = (message: string, after = 0): Habit => ({ kind: 'fails', after, error: new BadAnswer(message) })

function asking(...habits: readonly Habit[]) {
  const clock = new SimulatedClock()
  const closing = new AbortController()
  const asked: string[] = []
  const signals: AbortSignal[] = []
  const servers = habits.map((habit, index) => ({ name: 'abcdef'[index]!, habit }))
  const ask = ({ name, habit }: (typeof servers)[number], signal: AbortSignal): Promise<string | undefined> => {
    asked.push(`${name} ${clock.now()}`)
    signals.push(signal)
    return new Promise((resolve, reject) => {
      if (habit.kind === 'answers') clock.after(habit.after, () => resolve(habit.answer))
      if (habit.kind === 'fails') clock.after(habit.after, () => reject(habit.error))
    })
  }
  const isBadAnswer = (error: unknown): error is Error => error instanceof BadAnswer
  const good = firstGood({ servers, ask, isBadAnswer, clock, times: TIMES, closing: closing.signal })
  const result = good.then(
    (found) => (found === undefined ? 'none' : `${found.server.name}: ${found.answer}`),
    (error: Error) => error,
  )
  return { clock, closing, asked, signals, result }
}

test('one that answers is enough', async () => {
  const { clock, asked, result, signals } = asking(says('yes', 20), says('no'))
  await clock.advance(20)
  expect(await result).toBe('a: yes')
  expect(asked).toEqual(['a 0'])
  expect([clock.waiting, signals.every(({ aborted }) => aborted)]).toEqual([0, true])
})

test('after a failure, a no or a second of silence the next is asked', async () => {
  const { clock, asked, result } = asking(fails('broken', 5), says(undefined, 5), { kind: 'hangs' }, says('yes', 5))
  await clock.advance(2_000)
  expect(await result).toBe('d: yes')
  expect(asked).toEqual(['a 0', 'b 5', 'c 10', 'd 1010'])
  expect(clock.waiting).toBe(0)
})

test('a slow one may still be the first', async () => {
  const { clock, result } = asking(says('slow', 1_500), { kind: 'hangs' })
  await clock.advance(1_500)
  expect(await result).toBe('a: slow')
})

test('no is the answer where all say no; one that fails may have it', async () => {
  const no = asking(says(undefined), says(undefined))
  await no.clock.advance(0)
  expect(await no.result).toBe('none')
  const unknown = asking(says(undefined), fails('broken'))
  await unknown.clock.advance(0)
  expect(await unknown.result).toEqual(new UnavailableError('upstream: broken'))
})

test('each that failed or kept silent is named', async () => {
  const { clock, result } = asking(fails('a is broken'), { kind: 'hangs' }, { kind: 'hangs' })
  await clock.advance(10_000)
  expect(await result).toEqual(new UnavailableError('upstream: a is broken; b, c: no answer within 10 s'))
  expect(clock.waiting).toBe(0)
})

test('what is no fault of a server is thrown on', async () => {
  const mistake = new TypeError('a defect')
  const { clock, result } = asking({ kind: 'fails', after: 0, error: mistake }, says('yes'))
  await clock.advance(0)
  expect(await result).toBe(mistake)
})

test('closing ends it', async () => {
  const { clock, closing, result, signals } = asking({ kind: 'hangs' })
  closing.abort()
  expect(await result).toBeInstanceOf(UnavailableError)
  expect([clock.waiting, signals[0]!.aborted]).toEqual([0, true])
})
