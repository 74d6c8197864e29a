import { describe, expect, test } from 'vitest'
import { KeptContents } from './kept-contents.ts'

const KILLED = 100_000
const endOf = (session: number) => (session === 0 ? KILLED : undefined)

function keptAt(at: number, session = 0): KeptContents {
  const kept = new KeptContents()
  kept.add(['0xaa'], { block: 7, at, session })
  return kept
}

const asked = (at: number) => [{ hash: '0xaa', at }]

describe('what is asked for again', () => {
  test('after a kill counts where it was kept more than a second before', () => {
    expect(keptAt(KILLED - 1_001).refetched(asked(KILLED + 9_000), endOf)).toMatchObject([{ hash: '0xaa', block: 7 }])
    expect(keptAt(KILLED - 999).refetched(asked(KILLED + 9_000), endOf)).toEqual([])
  })

  test('in the session that kept it counts a second later', () => {
    expect(keptAt(200_000, 1).refetched(asked(201_001), endOf)).toHaveLength(1)
    expect(keptAt(200_000, 1).refetched(asked(200_900), endOf)).toEqual([])
    expect(keptAt(200_000, 1).refetched(asked(199_000), endOf)).toEqual([])
  })

  test('does not count where it was never kept; the first time that it was counts', () => {
    const kept = keptAt(50_000)
    kept.add(['0xaa'], { block: 8, at: KILLED - 10, session: 0 })
    expect(kept.refetched(asked(KILLED + 9_000), endOf)).toMatchObject([{ block: 7 }])
    expect(kept.refetched([{ hash: '0xbb', at: KILLED + 9_000 }], endOf)).toEqual([])
  })
})
