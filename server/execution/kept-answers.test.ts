import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnavailableError } from './execution-source.ts'
import { KeptAnswers } from './kept-answers.ts'

const MOST = 10
const ofLengths = () =>
  new KeptAnswers<string>({ sizeOf: ({ length }) => length, mostKept: MOST, mostMaking: 2, refusal: 'ask again' })

test('it is made once for all who ask meanwhile, and given at once afterwards', async () => {
  const answers = ofLengths()
  let made = 0
  const make = async () => `${++made}`
  expect(await Promise.all([answers.get('a', make), answers.get('a', make)])).toEqual(['1', '1'])
  expect(answers.get('a', make)).toBe('1')
})

test('a failure is told to those who wait, and tried again for the next', async () => {
  const answers = ofLengths()
  const fail = () => Promise.reject(new Error('pruned'))
  const [one, other] = [answers.get('a', fail), answers.get('a', fail)]
  await expect(one).rejects.toThrow('pruned')
  await expect(other).rejects.toThrow('pruned')
  expect(await answers.get('a', async () => 'there')).toBe('there')
})

test('so many are made at a time and no more', async () => {
  const answers = ofLengths()
  const waits = ['a', 'b'].map(async (name) => answers.get(name, async () => name))
  expect(() => answers.get('c', async () => 'c')).toThrow(UnavailableError)
  await Promise.all(waits)
  expect(await answers.get('c', async () => 'c')).toBe('c')
})

test('what is kept is what was asked for last, as far as it fits', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 12 })), { maxLength: 60 }),
      async (asked) => {
        const answers = ofLengths()
        /** By the same rule, looked through from the end. */
        const model: { readonly name: number; readonly answer: string }[] = []
        for (const [name, length] of asked) {
          const known = model.findIndex((one) => one.name === name)
          const answer = known === -1 ? 'x'.repeat(length) : model.splice(known, 1)[0]!.answer
          const got = answers.get(`${name}`, async () => 'x'.repeat(length))
          expect(typeof got).toBe(known === -1 ? 'object' : 'string')
          expect(await got).toBe(answer)
          model.push({ name, answer })
          while (model.reduce((sum, one) => sum + one.answer.length, 0) > MOST) model.shift()
        }
      },
    ),
  )
})
