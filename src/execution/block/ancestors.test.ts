import { expect, test } from 'vitest'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { linkAncestors } from './ancestors.ts'
import type { RawHeader } from './raw-block.ts'

/** The hash of block `number` on the one chain there is. */
function hashOf(number: number): Hash {
  const bytes = new Uint8Array(32).fill(1)
  new DataView(bytes.buffer).setUint32(0, number)
  return asHash(bytes)
}

function header(number: number, change: Partial<RawHeader> = {}): RawHeader {
  const [hash, parentHash] = [hashOf(number), hashOf(number - 1)]
  const rlp = new Uint8Array(0)
  return { rlp, hash, parentHash, stateRoot: hash, number, timestamp: 0, difficulty: 0n, fieldCount: 15, ...change }
}

const headers = (from: number, to: number): RawHeader[] =>
  Array.from({ length: to - from + 1 }, (_, i) => header(from + i))
const LIE = asHash(new Uint8Array(32).fill(0xee))

test('a header proves its parent, and each header of the chain the one before it, in whatever order they come', () => {
  const { hashes, parent, assumed } = linkAncestors(header(1000), headers(990, 999).reverse(), new Map())
  expect([...hashes.keys()].sort()).toEqual(Array.from({ length: 11 }, (_, i) => 989 + i).sort())
  for (const [number, hash] of hashes) expect(hash).toEqual(hashOf(number))
  expect(parent?.number).toBe(999)
  expect(assumed.size).toBe(0)
})

test('no header at all still proves the parent hash', () => {
  const { hashes, parent } = linkAncestors(header(7), [], new Map())
  expect(hashes).toEqual(new Map([[6, hashOf(6)]]))
  expect(parent).toBeUndefined()
})

test('headers of other chains, and those behind a gap, prove nothing', () => {
  const other = header(998, { hash: LIE })
  const { hashes } = linkAncestors(header(1000), [header(999), other, header(996)], new Map())
  expect([...hashes.keys()]).toEqual([999, 998])
})

test('claims fill in what the chain does not reach, and never replace what it proves', () => {
  const claimed = new Map([
    [999, LIE],
    [998, LIE],
    [997, LIE],
    [990, hashOf(990)],
  ])
  const { hashes, assumed } = linkAncestors(header(1000), [header(999)], claimed)
  expect(hashes.get(999)).toEqual(hashOf(999))
  expect(hashes.get(998)).toEqual(hashOf(998))
  expect([...assumed]).toEqual([997, 990])
  expect(hashes.get(997)).toEqual(LIE)
})

test('256 blocks back and no farther, by claims or by headers; never the block itself or later ones', () => {
  const claimed = new Map([1000, 1001, 744, 743].map((number) => [number, LIE]))
  const { hashes, assumed } = linkAncestors(header(1000), [], claimed)
  expect([...hashes.keys()]).toEqual([999, 744])
  expect([...assumed]).toEqual([744])
  expect(Math.min(...linkAncestors(header(1000), headers(500, 999), new Map()).hashes.keys())).toBe(744)
})

test('the first blocks have no ancestors before the genesis', () => {
  expect([...linkAncestors(header(2), headers(0, 1), new Map()).hashes.keys()]).toEqual([1, 0])
  expect(linkAncestors(header(0), [], new Map()).hashes.size).toBe(0)
})

test('a linked header that gives itself another number moves no hash', () => {
  const { hashes } = linkAncestors(header(1000), [header(999), header(998, { number: 5 })], new Map())
  expect(hashes).toEqual(new Map([999, 998, 997].map((number) => [number, hashOf(number)])))
})
