import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asHash, type Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { CanonicalHeaders } from './canonical-headers.ts'

/** A block's branch is where it parted from the others: its hash says number and branch. */
const hashOf = (number: number, branch: number): Hash => {
  const hash = asHash(new Uint8Array(32))
  const view = new DataView(hash.buffer)
  view.setUint32(0, number)
  view.setUint32(4, branch)
  return hash
}

/** Chains that branch off the main one (0) at `fork`, which is their last common block. */
function headerOn(number: number, branch: number, fork: number): RawHeader {
  // Branches that part at different blocks are different ones.
  const on = (at: number) => (at > fork && branch > 0 ? 100 * branch + fork : 0)
  return {
    number,
    hash: hashOf(number, on(number)),
    parentHash: hashOf(number - 1, on(number - 1)),
  } as unknown as RawHeader
}

const chainOn = (head: number, count: number, branch: number, fork: number): RawHeader[] =>
  Array.from({ length: Math.min(count, head + 1) }, (_, index) => headerOn(head - index, branch, fork))

const step = fc.record({
  head: fc.integer({ min: 1, max: 60 }),
  count: fc.integer({ min: 1, max: 20 }),
  branch: fc.integer({ min: 0, max: 3 }),
  fork: fc.integer({ min: 0, max: 60 }),
})

test('whatever heads come, what is held is one chain down from the newest', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const headers = new CanonicalHeaders()
      for (const { head, count, branch, fork } of steps) {
        const chain = chainOn(head, count, branch, fork)
        headers.extend(chain)
        expect(headers.head).toBe(chain[0])
        const { lowest } = headers
        for (let number = head; number > lowest!.number; number--)
          expect(equalBytes(headers.at(number)!.parentHash, headers.at(number - 1)!.hash)).toBe(true)
        expect(headers.at(lowest!.number)).toBe(lowest)
        expect(headers.at(head + 1)).toBeUndefined()
      }
    }),
  )
})

test('a head that extends takes nothing away, one of another branch what it replaces', () => {
  const headers = new CanonicalHeaders()
  expect(headers.extend(chainOn(10, 5, 0, 60))).toEqual([])
  expect(headers.extend(chainOn(12, 2, 0, 60))).toEqual([])
  const gone = headers.extend(chainOn(11, 3, 1, 8))
  expect(gone.map(({ number }) => number)).toEqual([12, 11, 10, 9])
  expect(headers.lowest?.number).toBe(6)
})

test('ancestors are taken as far as they link', () => {
  const headers = new CanonicalHeaders()
  headers.extend(chainOn(20, 1, 0, 60))
  headers.deepen([...chainOn(19, 3, 0, 60), headerOn(15, 0, 60)])
  expect(headers.lowest?.number).toBe(17)
  headers.deepen([headerOn(16, 2, 0)])
  expect(headers.lowest?.number).toBe(17)
})

test('what is proven apart says how, is the nearest where it is, and goes with its chain', () => {
  const headers = new CanonicalHeaders()
  headers.extend(chainOn(50, 5, 0, 60))
  const state = { kind: 'beaconState', slot: 70, block: 20 } as const
  headers.addIsland(headerOn(20, 0, 60), state)
  expect([headers.nearestAbove(47), headers.nearestAbove(30)].map((header) => header?.number)).toEqual([47, 46])
  expect(headers.nearestAbove(12)?.number).toBe(20)
  headers.addBelow(headers.at(20)!, chainOn(19, 4, 0, 60))
  expect(headers.nearestAbove(12)?.number).toBe(16)
  expect([headers.originOf(20), headers.originOf(16), headers.originOf(50)]).toEqual([state, state, undefined])
  // Joined at a block that is proven apart: what was above it there is of the chain no more.
  headers.extend(chainOn(30, 13, 1, 18))
  expect([headers.at(18)?.number, headers.has(headerOn(20, 0, 60)), headers.has(headerOn(20, 1, 18))]).toEqual([
    ...[18, false, true],
  ])
  expect(headers.originOf(18)).toBeUndefined()
  // Joined nowhere: nothing is known of what is below.
  headers.extend(chainOn(55, 2, 2, 3))
  expect([headers.at(16), headers.nearestAbove(12)?.number]).toEqual([undefined, 54])
})
