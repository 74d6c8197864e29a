import fc from 'fast-check'
import { bytesToHex } from '@ethereumjs/util'
import { byteArrayEquals } from '@chainsafe/ssz'
import { describe, expect, test } from 'vitest'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import type { BeaconBlockHeader } from './containers/ssz-types.ts'
import { BeaconBlockHeaderType } from './containers/ssz-types.ts'
import { LightChain, MAX_OTHER_HEADERS, UnknownHeaderError } from './light-chain.ts'

const zero = new Uint8Array(32)

const rootOf = (header: BeaconBlockHeader): Root => asRoot(BeaconBlockHeaderType.hashTreeRoot(header))

/** A block on a parent; `branch` tells blocks of one slot apart. */
function child(parent: BeaconBlockHeader | undefined, slot: number, branch = 0): BeaconBlockHeader {
  const stateRoot = new Uint8Array(32).fill(slot)
  const parentRoot = parent === undefined ? zero : rootOf(parent)
  return { slot, proposerIndex: branch, parentRoot, stateRoot, bodyRoot: zero }
}

function branchOf(slots: readonly number[], start?: BeaconBlockHeader, branch = 0): BeaconBlockHeader[] {
  const made: BeaconBlockHeader[] = []
  for (const slot of slots) made.push(child(made.at(-1) ?? start, slot, branch))
  return made
}

/** A proof of a state is its root again. */
const newChain = (maxSlots?: number) =>
  new LightChain<Uint8Array>({ isProofOf: byteArrayEquals, ...(maxSlots !== undefined && { maxSlots }) })

const at = (chain: LightChain<Uint8Array>, slots: readonly number[]) =>
  slots.filter((slot) => chain.canonicalHeader(slot) !== undefined)

const ALL = Array.from({ length: 40 }, (_, slot) => slot)

test('headers are canonical once a head says so, back to the oldest that is linked', () => {
  const chain = newChain()
  const line = branchOf([1, 2, 4, 5])
  const roots = line.map((header) => chain.addHeader(header))
  expect(roots).toEqual(line.map(rootOf))
  expect([chain.head, at(chain, ALL)]).toEqual([undefined, []])
  chain.setHead(rootOf(line[2]!))
  expect([chain.tail, chain.head, at(chain, ALL)]).toEqual([line[0], line[2], [1, 2, 4]])
  expect(roots.map((root) => chain.isCanonical(root))).toEqual([true, true, true, false])
})

test('a head on another branch', () => {
  const chain = newChain()
  const line = branchOf([1, 2, 3, 4])
  const other = branchOf([3, 5], line[1], 1)
  for (const header of [...line, ...other]) chain.addHeader(header)
  chain.setHead(rootOf(line[3]!))
  chain.setHead(rootOf(other[1]!))
  expect([at(chain, ALL), chain.canonicalHeader(3)]).toEqual([[1, 2, 3, 5], other[0]])
  chain.setHead(rootOf(line[3]!))
  expect([at(chain, ALL), chain.canonicalHeader(3)]).toEqual([[1, 2, 3, 4], line[2]])
  chain.setHead(rootOf(line[1]!))
  expect([at(chain, ALL), chain.header(rootOf(line[3]!))]).toEqual([[1, 2], line[3]])
})

test('headers that come later lengthen the chain backward', () => {
  const chain = newChain()
  const line = branchOf([1, 2, 3, 4, 5])
  chain.addHeader(line[4]!)
  chain.setHead(rootOf(line[4]!))
  for (const i of [1, 2, 0]) chain.addHeader(line[i]!)
  expect(chain.tail).toBe(line[4])
  chain.addHeader(line[3]!)
  expect([chain.tail, at(chain, ALL)]).toEqual([line[0], [1, 2, 3, 4, 5]])
})

test('a head without a link leaves the chain before behind until the link comes', () => {
  const chain = newChain()
  const line = branchOf([1, 2, 3, 4, 5])
  for (const i of [0, 1, 4]) chain.addHeader(line[i]!)
  chain.setHead(rootOf(line[1]!))
  chain.setHead(rootOf(line[4]!))
  expect(at(chain, ALL)).toEqual([5])
  chain.addHeader(line[3]!)
  chain.addHeader(line[2]!)
  expect(at(chain, ALL)).toEqual([1, 2, 3, 4, 5])
})

test('a head that was never added', () => {
  const chain = newChain()
  const [header] = branchOf([1])
  expect(() => chain.setHead(rootOf(header!))).toThrow(UnknownHeaderError)
  expect(chain.head).toBeUndefined()
})

test('a header that names a younger parent has none', () => {
  const chain = newChain()
  const parent = child(undefined, 9)
  const younger = child(parent, 8)
  for (const header of [parent, younger]) chain.addHeader(header)
  chain.setHead(rootOf(younger))
  expect(at(chain, ALL)).toEqual([8])
})

describe('state proofs', () => {
  const line = branchOf([1, 2, 3, 4, 5])
  const withHead = () => {
    const chain = newChain()
    for (const header of line) chain.addHeader(header)
    chain.setHead(rootOf(line[4]!))
    return chain
  }
  const prove = (chain: LightChain<Uint8Array>, i: number) => chain.addStateProof(rootOf(line[i]!), line[i]!.stateRoot)

  test('only of the state of their header', () => {
    const chain = withHead()
    expect(chain.addStateProof(rootOf(line[0]!), line[1]!.stateRoot)).toBe('wrongProof')
    expect(chain.addStateProof(asRoot(zero), zero)).toBe('unknownHeader')
    expect([prove(chain, 0), prove(chain, 0)]).toEqual(['added', 'known'])
    expect(chain.stateProof(rootOf(line[0]!))).toBe(line[0]!.stateRoot)
    expect(chain.stateProof(rootOf(line[1]!))).toBeUndefined()
  })

  test('the newest stretch of them', () => {
    const chain = withHead()
    expect(chain.provenStretch).toBeUndefined()
    for (const [i, first, last] of [
      [0, 0, 0],
      [2, 2, 2],
      [3, 2, 3],
      [1, 0, 3],
      [4, 0, 4],
    ] as const) {
      prove(chain, i)
      expect(chain.provenStretch).toEqual({ first: line[first], last: line[last] })
    }
    chain.setHead(rootOf(line[1]!))
    expect(chain.provenStretch).toEqual({ first: line[0], last: line[1] })
  })
})

describe('bounds', () => {
  test('canonical headers lie within the slots allowed', () => {
    const chain = newChain(10)
    for (const header of branchOf(ALL)) chain.setHead(chain.addHeader(header))
    expect(at(chain, ALL)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39])
    expect(chain.header(rootOf(branchOf(ALL)[29]!))).toBeUndefined()
  })

  test('of headers that are not canonical the oldest go', () => {
    const chain = newChain()
    const strays = Array.from({ length: MAX_OTHER_HEADERS + 1 }, (_, i) => child(undefined, 1, i))
    for (const header of strays) chain.addHeader(header)
    expect(chain.header(rootOf(strays[0]!))).toBeUndefined()
    expect(chain.header(rootOf(strays[1]!))).toEqual(strays[1])
  })
})

/** A block tree: each block's parent is one before it. */
const anyTree = fc
  .array(fc.record({ parent: fc.nat(), gap: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 20 })
  .map((nodes) => {
    const made: BeaconBlockHeader[] = []
    for (const [i, { parent, gap }] of nodes.entries()) {
      const on = i === 0 ? undefined : made[parent % i]
      made.push(child(on, (on?.slot ?? 0) + gap, i))
    }
    return made
  })

test('whatever order headers and heads come in, the canonical chain is what leads to the head', () => {
  fc.assert(
    fc.property(anyTree, fc.infiniteStream(fc.nat()), (tree, choices) => {
      const chain = newChain()
      const known = new Map<string, BeaconBlockHeader>()
      const choose = (below: number): number => Number(choices.next().value) % below
      let head: BeaconBlockHeader | undefined
      for (let step = 0; step < tree.length * 2; step++) {
        const header = tree[choose(tree.length)]!
        known.set(bytesToHex(chain.addHeader(header)), header)
        if (choose(3) === 0) {
          head = [...known.values()][choose(known.size)]!
          chain.setHead(rootOf(head))
        }
        const expected: BeaconBlockHeader[] = []
        for (let on = head; on !== undefined; on = known.get(bytesToHex(on.parentRoot))) expected.unshift(on)
        const slots = Array.from({ length: 61 }, (_, slot) => chain.canonicalHeader(slot)).filter(Boolean)
        expect(slots).toEqual(expected)
        expect([chain.tail, chain.head]).toEqual([expected[0], expected.at(-1)])
      }
    }),
    { numRuns: 60 },
  )
})
