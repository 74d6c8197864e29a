/** is_valid_merkle_branch and its normalised form (consensus-specs, phase 0 and Electra's sync protocol). */
import { byteArrayEquals, hash64 } from '@chainsafe/ssz'

/**
 * Whether `branch` proves `leaf` at a generalized index under `root`. The branch may be longer than the index is deep:
 * data of an older fork in a container of a newer one has zero nodes in front.
 */
export function isValidNormalizedMerkleBranch(
  leaf: Uint8Array,
  branch: readonly Uint8Array[],
  gindex: number,
  root: Uint8Array,
): boolean {
  const depth = Math.floor(Math.log2(gindex))
  const extra = branch.length - depth
  if (extra < 0) return false
  if (!branch.slice(0, extra).every((node) => node.every((byte) => byte === 0))) return false
  return isValidMerkleBranch(leaf, branch.slice(extra), gindex - 2 ** depth, root)
}

/** @param index of the leaf among the leaves of its depth */
export function isValidMerkleBranch(
  leaf: Uint8Array,
  branch: readonly Uint8Array[],
  index: number,
  root: Uint8Array,
): boolean {
  let value = leaf
  for (const [level, node] of branch.entries()) {
    const isRight = Math.floor(index / 2 ** level) % 2 === 1
    value = isRight ? hash64(node, value) : hash64(value, node)
  }
  return byteArrayEquals(value, root)
}
