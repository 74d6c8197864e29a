import { describe, expect, test } from 'vitest'
import type { FollowerFacts } from './follower.ts'
import { heapGrowthPerBlock, soakProblems } from './soak-verdict.ts'

const good: FollowerFacts = {
  ...{ verified: 70, number: 90, hasCaughtUp: true, lag: 1, lagMax: 2, pivots: ['start'] },
  ...{ unavailable: 3, bytes: 1_000, bad: [] },
}

describe('a long run', () => {
  test('may be two blocks behind, begin once, and try things again', () => {
    expect(soakProblems(good, 0)).toEqual([])
  })

  test.each([
    ['was three blocks behind', { lagMax: 3 }, 'it was 3 blocks behind, more than 2'],
    ['went on at another block', { pivots: ['start', 'lag'] }, 'it went on at another block: lag'],
    ['never came to the head', { hasCaughtUp: false }, 'it never came to the head'],
    ['refused a block', { bad: ['block 7 is invalid: state root'] }, 'block 7 is invalid: state root'],
  ] as const)('that %s is bad', (_, part, problem) => {
    expect(soakProblems({ ...good, ...part }, 0)).toEqual([problem])
  })

  test('that stood still is bad, though nothing is behind a head that does not move', () => {
    expect(soakProblems(good, 2)).toEqual(['nothing was verified in 2 of the periods'])
  })
})

describe('growth of the heap', () => {
  test('is that of the second half, in which caches are full', () => {
    const samples = [0, 10, 20, 30, 40, 50, 60, 70].map((verified) => ({
      verified,
      heapBytes: verified < 40 ? verified * 1e6 : 40e6 + verified * 100,
    }))
    expect(heapGrowthPerBlock(samples)).toBeCloseTo(100)
  })

  test('cannot be told of too few samples', () => {
    expect(heapGrowthPerBlock([])).toBeUndefined()
    expect(heapGrowthPerBlock([{ verified: 1, heapBytes: 1 }])).toBeUndefined()
  })
})
