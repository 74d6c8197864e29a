import { describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../chain/bytes.ts'
import type { RawHeader } from './raw-block.ts'
import { checkUncles, type Kin } from './uncles.ts'

const hash = (name: number): Hash => asHash(new Uint8Array(32).fill(name))

function header(name: number, parent: number, number: number): RawHeader {
  const rlp = new Uint8Array(0)
  return {
    rlp,
    hash: hash(name),
    parentHash: hash(parent),
    stateRoot: hash(0),
    number,
    timestamp: 0,
    difficulty: 1n,
    fieldCount: 15,
  }
}

/** Blocks 1 to 9, named by their numbers, the parent of block 10 first. */
const chain = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((number) => header(number, number - 1, number))
const uncle = header(100, 8, 9)

function check(uncles: readonly RawHeader[], change: Partial<Kin> = {}) {
  return checkUncles({
    block: header(10, 9, 10),
    uncles,
    ancestors: chain,
    included: [],
    headerProblem: () => undefined,
    ...change,
  })
}

describe('checkUncles', () => {
  test('accepts headers whose parent is two to seven generations back', () => {
    expect(check([])).toEqual({ kind: 'complete' })
    expect(check([uncle, header(101, 3, 4)])).toEqual({ kind: 'complete' })
  })

  test.each([
    ['more than two', [uncle, header(101, 7, 8), header(102, 7, 8)], 'has 3 uncles'],
    ['the same twice', [uncle, uncle], 'uncle 1 is an ancestor, or was counted before'],
    ['an ancestor', [chain[2]!], 'is an ancestor'],
    ['a brother', [header(100, 9, 10)], "is the block's brother"],
    ['a parent eight generations back', [header(100, 2, 3)], 'has number 3; an uncle of block 10 has one from 4 to 9'],
    ['one that calls a parent so far back its own', [header(100, 2, 4)], 'no parent among'],
    ['a number below the parent’s, which pays too little', [header(100, 8, 1)], 'has number 1'],
    ['a number that would pay without end', [header(100, 8, Number.MAX_SAFE_INTEGER)], 'has number 9007199254740991'],
    ['a strange parent', [header(100, 77, 9)], 'no parent among'],
  ])('refuses %s', (_, uncles, problem) => {
    expect(check(uncles)).toMatchObject({ kind: 'broken', problem: expect.stringContaining(problem) as string })
  })

  test('refuses one that an ancestor included, and one whose header is wrong after its parent’s', () => {
    expect(check([uncle], { included: [uncle.hash] })).toMatchObject({ kind: 'broken' })
    const seen: (RawHeader | undefined)[][] = []
    const headerProblem = (...pair: (RawHeader | undefined)[]) => {
      seen.push(pair)
      return 'timestamp'
    }
    expect(check([uncle], { headerProblem })).toEqual({ kind: 'broken', problem: 'uncle 0: timestamp' })
    expect(seen).toEqual([[uncle, chain[1]]])
    expect(check([header(100, 77, 9)], { ancestors: [], headerProblem })).toEqual({
      kind: 'broken',
      problem: 'uncle 0: timestamp',
    })
  })

  test('says when too little is known to be sure, and still refuses what is surely wrong', () => {
    const ancestors = chain.slice(0, 3)
    expect(check([header(100, 3, 4)], { ancestors })).toEqual({ kind: 'incomplete' })
    expect(check([uncle], { ancestors })).toEqual({ kind: 'incomplete' })
    expect(check([uncle], { included: undefined })).toEqual({ kind: 'incomplete' })
    expect(check([header(100, 9, 10)], { ancestors })).toMatchObject({ kind: 'broken' })
  })

  test.each([
    ['a number that would pay without end', [header(100, 77, 2 ** 50)], 'has number'],
    ['the number of the block', [header(100, 77, 10)], 'has number 10'],
    ['a number seven back', [header(100, 77, 3)], 'has number 3'],
    ['the same twice', [uncle, uncle], 'counted before'],
    ['the parent', [header(9, 8, 9)], 'is an ancestor'],
    ['a brother', [header(100, 9, 9)], "the block's brother"],
  ])('refuses %s where no ancestor is known', (_, uncles, problem) => {
    const outcome = check(uncles, { ancestors: [], included: undefined })
    expect(outcome).toMatchObject({ kind: 'broken', problem: expect.stringContaining(problem) as string })
  })

  test('needs no more ancestors than there are', () => {
    const young = [header(2, 1, 2), header(1, 50, 1), header(50, 0, 0)]
    expect(check([header(100, 1, 2)], { block: header(3, 2, 3), ancestors: young })).toEqual({ kind: 'complete' })
  })
})
