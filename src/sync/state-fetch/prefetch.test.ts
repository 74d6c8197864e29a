import { expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import { prefetch } from './prefetch.ts'

const account = (n: number): MissingValue => ({ kind: 'account', address: asAddress(new Uint8Array(20).fill(n)) })
const [near, far, never] = [account(1), account(2), account(3)]

/** Values so many steps away; infinitely many: they never come. */
function away(steps: ReadonlyMap<MissingValue, number>, apart = new Set<string>()) {
  const left = new Map(steps)
  const asked: (readonly MissingValue[])[] = []
  return {
    asked,
    walker: {
      apart,
      fetch: {
        advance: async (values: readonly MissingValue[]) => {
          asked.push(values)
          for (const value of values) left.set(value, left.get(value)! - 1)
          return 'more' as const
        },
        lacks: (value: MissingValue) => (left.get(value)! <= 0 ? undefined : `${left.get(value)}`),
      },
    },
  }
}

test('all go on together, each as far as it goes', async () => {
  const { asked, walker } = away(
    new Map([
      [near, 1],
      [far, 3],
    ]),
  )
  expect(await prefetch([near, far], walker)).toBe('complete')
  expect(asked).toEqual([[near, far], [far], [far]])
})

test('what a step does not bring costs no further trip', async () => {
  const { asked, walker } = away(
    new Map([
      [near, 1],
      [never, Infinity],
    ]),
  )
  expect(await prefetch([near, never], walker)).toBe('stuck')
  expect(asked).toEqual([[near, never]])
})

test('keys that were refused together are asked for once more, each alone', async () => {
  const apart = new Set<string>()
  const { asked, walker } = away(new Map([[never, Infinity]]), apart)
  const { advance } = walker.fetch
  walker.fetch.advance = (values) => {
    apart.add('the account')
    return advance(values)
  }
  expect(await prefetch([never], walker)).toBe('stuck')
  expect(asked.length).toBe(2)
})
