import { expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { LearnedValue } from '../../execution/speculation/parent-values.ts'
import { ValueWalk } from './value-walk.ts'

const account = (n: number): MissingValue => ({ kind: 'account', address: asAddress(new Uint8Array(20).fill(n)) })
const code = (n: number): MissingValue => ({ ...account(n), kind: 'code', codeHash: undefined })

/** Values so many layers away; negative ones never come. */
function layered(layers: Record<string, number>) {
  const left = new Map(Object.entries(layers))
  const asked: string[][] = []
  const name = (value: MissingValue) => `${value.kind} ${value.address[0]}`
  const isHere = (value: MissingValue) => left.get(name(value)) === 0
  return {
    asked,
    fetch: {
      advance: async (values: readonly MissingValue[]) => {
        asked.push(values.map(name))
        for (const value of values) {
          const layer = left.get(name(value))!
          if (layer > 0) left.set(name(value), layer - 1)
        }
        return 'more' as const
      },
      lacks: (value: MissingValue) => (isHere(value) ? undefined : `layer ${left.get(name(value))}`),
      look: (value: MissingValue): LearnedValue | undefined =>
        !isHere(value) || value.kind !== 'account' ? undefined : { ...value, value: undefined },
    },
  }
}

test('all values go a layer at each step, and are told once when they are there', async () => {
  const { fetch, asked } = layered({ 'account 1': 1, 'account 2': 2 })
  const walk = new ValueWalk(fetch)
  walk.wanted([account(1), account(2)])
  expect((await walk.step()).map(({ kind }) => kind)).toEqual(['account'])
  walk.wanted([account(1), account(2)])
  expect(await walk.step()).toMatchObject([account(2)])
  expect(asked).toEqual([['account 1', 'account 2'], ['account 2']])
  walk.wanted([account(1), account(2)])
  expect(walk.size).toBe(0)
})

test('what makes no progress is asked for twice and then given up for good', async () => {
  const { fetch, asked } = layered({ 'account 1': -1, 'account 2': 3 })
  const walk = new ValueWalk(fetch)
  for (let step = 0; step < 3; step++) {
    walk.wanted([account(1), account(2)])
    await walk.step()
  }
  expect(asked.flat().filter((name) => name === 'account 1').length).toBe(2)
  walk.wanted([account(1), account(2)])
  expect(walk.size).toBe(0)
})

test('what is at hand costs no trip; what nothing lacks and is not there is no value', async () => {
  const { fetch, asked } = layered({ 'account 1': 0, 'code 2': 0 })
  const walk = new ValueWalk(fetch)
  walk.wanted([account(1), code(2)])
  expect(await walk.step()).toMatchObject([account(1)])
  expect(walk.size).toBe(0)
  expect(asked).toEqual([])
})

test('values that nobody wants any more are let go', async () => {
  const { fetch, asked } = layered({ 'account 1': 5, 'account 2': 5 })
  const walk = new ValueWalk(fetch)
  walk.wanted([account(1), account(2)])
  await walk.step()
  walk.wanted([account(2)])
  await walk.step()
  expect(asked[1]).toEqual(['account 2'])
})
