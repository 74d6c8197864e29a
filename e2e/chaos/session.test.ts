import { describe, expect, test } from 'vitest'
import type { PageReport } from './report.ts'
import { lastKept, sessionProblems, type Told } from './session.ts'

const hashOf = (number: number) => `0x${number.toString(16).padStart(64, '0')}` as const
const canonical = new Map([1, 2, 3, 4, 5].map((number) => [number, hashOf(number)]))
const named = (number: number) => ({ number, hash: hashOf(number) })
const told = (...reports: PageReport[]): Told[] => reports.map((report, at) => ({ report, at: at * 1_000 }))
const verified = (number: number): PageReport => ({ kind: 'verified', ...named(number) })
const kept = (number: number): PageReport => ({ kind: 'kept', ...named(number) })
const pivot = (kind: string): PageReport => ({ kind: 'pivot', pivot: kind, reason: 'so' })

describe('what is kept', () => {
  test('is what was told a second before the kill', () => {
    const reports = told(verified(1), kept(1), verified(2), kept(2))
    expect(lastKept(reports, 3_500, undefined)?.number).toBe(1)
    expect(lastKept(reports, 4_500, undefined)?.number).toBe(2)
  })

  test('stays when a session keeps nothing', () => {
    expect(lastKept(told(verified(3)), 9_000, named(2))?.number).toBe(2)
    expect(lastKept([], 9_000, undefined)).toBeUndefined()
  })
})

describe('a session', () => {
  test('may start once where nothing is kept', () => {
    expect(sessionProblems(told(pivot('start'), verified(1), kept(1)), undefined, canonical)).toEqual([])
    expect(sessionProblems(told(pivot('start'), pivot('start')), undefined, canonical)).toHaveLength(1)
  })

  test('goes on after what is kept', () => {
    expect(sessionProblems(told(verified(3), verified(4)), named(2), canonical)).toEqual([])
    expect(sessionProblems(told(pivot('start'), verified(3)), named(2), canonical)).toEqual([
      'it went on at another block, start: so',
    ])
    expect(sessionProblems(told(verified(2)), named(2), canonical)).toEqual([
      'block 2 was verified again, though 2 was kept',
    ])
  })

  test('verifies the blocks of the chain and no others', () => {
    const other = { kind: 'verified', number: 3, hash: hashOf(9) } as const
    expect(sessionProblems(told(other), undefined, canonical)).toEqual([
      `block 3 ${hashOf(9)} is verified, the chain has ${hashOf(3)}`,
    ])
  })

  test('says itself what is bad', () => {
    expect(sessionProblems(told({ kind: 'bad', what: 'a rejection: x' }), undefined, canonical)).toEqual([
      'a rejection: x',
    ])
  })
})
