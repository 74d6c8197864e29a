/** Proofs of random trees: what is read back is what was written, and nothing else is ever believed. */
import { createNodeFromProof, createProof, LeafNode, BranchNode, ProofType } from '@chainsafe/persistent-merkle-tree'
import type { Node } from '@chainsafe/persistent-merkle-tree'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asRoot } from '../../chain/bytes.ts'
import { encodeDescriptor } from './compact-descriptor.ts'
import {
  decodeCompactMultiproof,
  encodeCompactMultiproof,
  MAX_COMPACT_MULTIPROOF_LENGTH,
} from './compact-multiproof.ts'
import { concatGindices, gindexPath, MAX_PROOF_DEPTH } from './gindex.ts'
import type { MerkleNode } from './merkle-node.ts'
import { merkleBranch, merkleLeaf, sszMerkleNode } from './merkle-node.ts'
import { MultiproofError } from './multiproof-error.ts'
import { allGindices, nodeOf, randomRoot, randomTree, treeWithGindices } from './multiproof.fixtures.ts'
import {
  formatOf,
  graftMultiproof,
  mergeMultiproofs,
  provenNode,
  readBranch,
  readMultiproof,
  trimMultiproof,
  writeMultiproof,
} from './multiproof.ts'
import { formatOfGindices, MAX_PROOF_VALUES, valueGindices } from './proof-format.ts'

const proofOf = (tree: MerkleNode, gindices: readonly bigint[]) =>
  readMultiproof(writeMultiproof(tree, formatOfGindices(gindices)), tree.root)

const otherRoot = asRoot(new Uint8Array(32).fill(0x5a))

describe('random trees and random sets of nodes', () => {
  test('write, serialize, read: the same root, and every node asked for', () => {
    fc.assert(
      fc.property(treeWithGindices, ({ tree, a }) => {
        const bytes = encodeCompactMultiproof(writeMultiproof(tree, formatOfGindices(a)))
        const proof = readMultiproof(decodeCompactMultiproof(bytes), tree.root)
        expect(proof.root).toEqual(tree.root)
        for (const gindex of a) expect(provenNode(proof, gindex)).toEqual(nodeOf(tree, gindex))
        expect(encodeCompactMultiproof(writeMultiproof(proof, formatOf(proof)))).toEqual(bytes)
      }),
    )
  })

  test('the same values and descriptors as the library that Lodestar answers with, in both directions', () => {
    fc.assert(
      fc.property(treeWithGindices, ({ tree, a }) => {
        const format = formatOfGindices(a)
        const descriptor = encodeDescriptor(format)
        const theirs = createProof(libraryTree(tree), { type: ProofType.compactMulti, descriptor })
        if (theirs.type !== ProofType.compactMulti) throw new Error('not a compact proof')
        const ours = writeMultiproof(sszMerkleNode(libraryTree(tree)), format)
        expect(ours.values).toEqual(theirs.leaves)
        expect(readMultiproof({ format, values: theirs.leaves }, tree.root).root).toEqual(tree.root)
        expect(
          createNodeFromProof({ type: ProofType.compactMulti, leaves: [...ours.values], descriptor }).root,
        ).toEqual(tree.root)
      }),
    )
  })

  test('two proofs merged prove what either does, whichever comes first', () => {
    fc.assert(
      fc.property(treeWithGindices, ({ tree, a, b }) => {
        const merged = mergeMultiproofs(proofOf(tree, a), proofOf(tree, b))
        for (const gindex of [...a, ...b]) expect(provenNode(merged, gindex)).toEqual(nodeOf(tree, gindex))
        expect(formatOf(merged)).toEqual(formatOfGindices([...a, ...b]))
        expect(mergeMultiproofs(proofOf(tree, b), proofOf(tree, a))).toEqual(merged)
      }),
    )
  })

  test('a trimmed proof proves what is asked and nothing below or beside it', () => {
    fc.assert(
      fc.property(treeWithGindices, ({ tree, a, b }) => {
        const trimmed = trimMultiproof(proofOf(tree, [...a, ...b]), formatOfGindices(a))
        expect(trimmed).toEqual(proofOf(tree, a))
        const held = new Set(valueGindices(formatOf(trimmed)).flatMap(ancestors))
        for (const gindex of allGindices(tree)) {
          if (held.has(gindex)) expect(provenNode(trimmed, gindex)).toEqual(nodeOf(tree, gindex))
          else expect(faultOf(() => provenNode(trimmed, gindex))).toEqual({ code: 'notProven', gindex })
        }
      }),
      { numRuns: 50 },
    )
  })

  test('a tree below a node of another continues its proof', () => {
    fc.assert(
      fc.property(treeWithGindices, treeWithGindices, randomRoot, (outer, inner, sibling) => {
        const tree = merkleBranch(merkleLeaf(sibling), merkleBranch(inner.tree, outer.tree))
        const proof = graftMultiproof(proofOf(tree, [6n]), 6n, proofOf(inner.tree, inner.a))
        for (const gindex of inner.a) {
          expect(provenNode(proof, concatGindices(6n, gindex))).toEqual(nodeOf(inner.tree, gindex))
        }
        const { left, right } = { left: inner.tree.root, right: outer.tree.root }
        fc.pre(!left.every((byte, i) => byte === right[i]))
        expect(faultOf(() => graftMultiproof(proofOf(tree, [6n]), 6n, proofOf(outer.tree, outer.a)))?.code).toBe(
          'otherRoot',
        )
      }),
    )
  })

  test('no changed byte anywhere in a serialized proof is ever believed', () => {
    fc.assert(
      fc.property(treeWithGindices, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ tree, a }, at, mask) => {
        const bytes = encodeCompactMultiproof(writeMultiproof(tree, formatOfGindices(a)))
        const position = at % bytes.length
        bytes[position] = (bytes[position] ?? 0) ^ mask
        expect(() => readMultiproof(decodeCompactMultiproof(bytes), tree.root)).toThrow(MultiproofError)
      }),
      { numRuns: 500 },
    )
  })

  test('any bytes at all: a named error, or a proof of the root asked for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(() => readMultiproof(decodeCompactMultiproof(bytes), otherRoot)).toThrow(MultiproofError)
      }),
      { numRuns: 500 },
    )
  })

  test('a branch is a proof of one node', () => {
    fc.assert(
      fc.property(randomTree, fc.nat(), fc.nat(), (tree, pick, flip) => {
        const gindices = allGindices(tree)
        const gindex = gindices[pick % gindices.length] ?? 1n
        const siblings = ancestors(gindex)
          .filter((node) => node > 1n)
          .map((node) => nodeOf(tree, node ^ 1n))
        const leaf = nodeOf(tree, gindex)
        const proof = readBranch(leaf, siblings, gindex, tree.root)
        expect(formatOf(proof)).toEqual(formatOfGindices([gindex]))
        expect(provenNode(proof, gindex)).toEqual(leaf)
        const spoiled = [leaf, ...siblings].map((node) => node.slice())
        const victim = spoiled[flip % spoiled.length]
        victim?.set([(victim[flip % 32] ?? 0) ^ 1], flip % 32)
        const [spoiledLeaf = leaf, ...spoiledSiblings] = spoiled
        expect(faultOf(() => readBranch(spoiledLeaf, spoiledSiblings, gindex, tree.root))?.code).toBe('otherRoot')
      }),
    )
  })
})

describe('what is refused', () => {
  const leaf = (byte: number) => merkleLeaf(asRoot(new Uint8Array(32).fill(byte)))
  const tree = merkleBranch(merkleBranch(leaf(1), leaf(2)), leaf(3))
  const written = writeMultiproof(tree, formatOfGindices([4n]))

  test('another root, too few or too many values, values of another length', () => {
    expect(faultOf(() => readMultiproof(written, otherRoot))).toMatchObject({
      code: 'otherRoot',
      expected: `0x${'5a'.repeat(32)}`,
    })
    const { format, values } = written
    const with33 = [...values.slice(1), new Uint8Array(33)]
    expect(faultOf(() => readMultiproof({ format, values: values.slice(1) }, tree.root))).toEqual({
      code: 'valueCount',
      came: 2,
      expected: 3,
    })
    expect(faultOf(() => readMultiproof({ format, values: [...values, otherRoot] }, tree.root))).toEqual({
      code: 'valueCount',
      came: 4,
      expected: 3,
    })
    expect(faultOf(() => readMultiproof({ format, values: with33 }, tree.root))).toEqual({
      code: 'valueLength',
      index: 2,
      length: 33,
    })
  })

  test('proofs of different trees are not merged', () => {
    const other = merkleBranch(leaf(1), leaf(2))
    expect(faultOf(() => mergeMultiproofs(proofOf(tree, [4n]), proofOf(other, [2n])))?.code).toBe('otherRoot')
  })

  test('a shape below the leaves of the tree, a node that was not asked for', () => {
    expect(faultOf(() => writeMultiproof(tree, formatOfGindices([6n])))).toEqual({ code: 'notProven', gindex: 6n })
    expect(faultOf(() => trimMultiproof(proofOf(tree, [2n]), formatOfGindices([4n])))).toEqual({
      code: 'notProven',
      gindex: 4n,
    })
    expect(faultOf(() => provenNode(proofOf(tree, [2n]), 5n))).toEqual({ code: 'notProven', gindex: 5n })
  })

  test('branches of another length than their index', () => {
    const short = () => readBranch(leaf(1).root, [leaf(2).root], 4n, tree.root)
    const long = () => readBranch(leaf(1).root, [leaf(2).root, leaf(3).root, leaf(3).root], 4n, tree.root)
    const cut = () => readBranch(leaf(1).root, [leaf(2).root, new Uint8Array(31)], 4n, tree.root)
    expect(faultOf(short)).toEqual({ code: 'branchLength', came: 1, expected: 2 })
    expect(faultOf(long)).toEqual({ code: 'branchLength', came: 3, expected: 2 })
    expect(faultOf(cut)).toEqual({ code: 'valueLength', index: 2, length: 31 })
  })

  test('serialized proofs that are cut, padded, or point elsewhere', () => {
    const bytes = encodeCompactMultiproof(written)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readMultiproof(decodeCompactMultiproof(bytes.subarray(0, length)), tree.root)).toThrow(
        MultiproofError,
      )
    }
    expect(faultOf(() => decodeCompactMultiproof(Uint8Array.of(...bytes, 0)))?.code).toBe('badDescriptor')
    expect(faultOf(() => decodeCompactMultiproof(new Uint8Array(MAX_COMPACT_MULTIPROOF_LENGTH + 1)))?.code).toBe(
      'malformed',
    )
    for (const [position, value] of [
      [0, 12],
      [4, 4],
      [4, 255],
      [4, 70],
    ] as const) {
      const spoiled = bytes.slice()
      spoiled[position] = value
      expect(faultOf(() => decodeCompactMultiproof(spoiled))?.code).toBe('malformed')
    }
  })

  test('a byte of the caller, changed later, changes no proof', () => {
    const values = written.values.map((value) => value.slice())
    const proof = readMultiproof({ ...written, values }, tree.root)
    values[0]?.fill(9)
    expect(provenNode(proof, 4n)).toEqual(leaf(1).root)
  })
})

describe('bounds', () => {
  const chain = (depth: number): MerkleNode =>
    depth === 0 ? merkleLeaf(otherRoot) : merkleBranch(merkleLeaf(otherRoot), chain(depth - 1))

  test('as many values as a proof may have, and one more', () => {
    const first = BigInt(MAX_PROOF_VALUES)
    const all = Array.from({ length: MAX_PROOF_VALUES }, (_, i) => first + BigInt(i))
    const format = formatOfGindices(all)
    const values = all.map(() => otherRoot)
    const bytes = encodeCompactMultiproof({ format, values })
    expect(bytes.length).toBe(MAX_COMPACT_MULTIPROOF_LENGTH)
    expect(decodeCompactMultiproof(bytes).values.length).toBe(MAX_PROOF_VALUES)
    expect(faultOf(() => formatOfGindices([...all, 1n]))?.code).toBe('tooManyValues')
    expect(faultOf(() => formatOfGindices([2n * first, ...all.slice(1)]))).toEqual({
      code: 'tooManyValues',
      count: MAX_PROOF_VALUES + 1,
      limit: MAX_PROOF_VALUES,
    })
  })

  test('proofs that become too large or too deep together', () => {
    const half = (size: number): MerkleNode =>
      size === 1 ? merkleLeaf(otherRoot) : merkleBranch(half(size / 2), half(size / 2))
    const tree = half(2 * MAX_PROOF_VALUES)
    const leaves = (side: number) =>
      Array.from({ length: MAX_PROOF_VALUES - 1 }, (_, i) => BigInt(2 * MAX_PROOF_VALUES + side * MAX_PROOF_VALUES + i))
    expect(faultOf(() => mergeMultiproofs(proofOf(tree, leaves(0)), proofOf(tree, leaves(1))))?.code).toBe(
      'tooManyValues',
    )
    const deep = chain(MAX_PROOF_DEPTH)
    const deepest = (2n << BigInt(MAX_PROOF_DEPTH)) - 1n
    const proof = proofOf(deep, [deepest])
    const deeper = merkleBranch(merkleLeaf(otherRoot), deep)
    expect(faultOf(() => graftMultiproof(proofOf(deeper, [3n]), 3n, proof))?.code).toBe('tooDeep')
    expect(faultOf(() => formatOfGindices([2n * deepest]))?.code).toBe('tooDeep')
  })

  test.each([0n, -1n])('%s is no generalized index', (gindex) => {
    expect(faultOf(() => gindexPath(gindex))).toEqual({ code: 'badGindex', gindex })
    expect(faultOf(() => formatOfGindices([gindex]))).toEqual({ code: 'badGindex', gindex })
  })
})

/** The node and all above it, nearest first. */
const ancestors = (gindex: bigint): bigint[] => (gindex === 1n ? [1n] : [gindex, ...ancestors(gindex / 2n)])

const libraryTree = ({ root, children }: MerkleNode): Node =>
  children === undefined ? LeafNode.fromRoot(root) : new BranchNode(libraryTree(children[0]), libraryTree(children[1]))

function faultOf(act: () => unknown) {
  try {
    act()
  } catch (error) {
    if (error instanceof MultiproofError) return error.fault
    throw error
  }
  return undefined
}
