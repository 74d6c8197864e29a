import { hash64 } from '@chainsafe/ssz'
import { expect, test } from 'vitest'
import { isValidMerkleBranch, isValidNormalizedMerkleBranch } from './is-valid-merkle-branch.ts'

const leaf = new Uint8Array(32).fill(1)
const a = new Uint8Array(32).fill(2)
const b = new Uint8Array(32).fill(3)
const zero = new Uint8Array(32)
/** The leaf is right child at depth 2 and under the left child of the root: index 1, generalized index 5. */
const root = hash64(hash64(a, leaf), b)

test('a leaf at its place', () => {
  expect(isValidMerkleBranch(leaf, [a, b], 1, root)).toBe(true)
  expect(isValidNormalizedMerkleBranch(leaf, [a, b], 5, root)).toBe(true)
})

test('not at another place, with another node, another order or another root', () => {
  for (const index of [0, 2, 3]) expect(isValidMerkleBranch(leaf, [a, b], index, root)).toBe(false)
  expect(isValidNormalizedMerkleBranch(leaf, [b, a], 5, root)).toBe(false)
  expect(isValidNormalizedMerkleBranch(leaf, [a, a], 5, root)).toBe(false)
  expect(isValidNormalizedMerkleBranch(leaf, [a, b], 5, a)).toBe(false)
})

test('zero nodes in front are the padding of a newer fork’s container, anything else is not', () => {
  expect(isValidNormalizedMerkleBranch(leaf, [zero, zero, a, b], 5, root)).toBe(true)
  expect(isValidNormalizedMerkleBranch(leaf, [zero, a, a, b], 5, root)).toBe(false)
  expect(isValidNormalizedMerkleBranch(leaf, [a, b, zero], 5, root)).toBe(false)
})

test('a branch that is too short proves nothing, not even the root itself', () => {
  expect(isValidNormalizedMerkleBranch(leaf, [a], 5, hash64(a, leaf))).toBe(false)
  expect(isValidNormalizedMerkleBranch(leaf, [], 5, leaf)).toBe(false)
})
