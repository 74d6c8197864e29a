/** Random Merkle trees, and what there is to prove in them. */
import fc from 'fast-check'
import { asRoot } from '../../chain/bytes.ts'
import type { Root } from '../../chain/bytes.ts'
import type { Gindex } from './gindex.ts'
import type { MerkleNode } from './merkle-node.ts'
import { merkleBranch, merkleLeaf } from './merkle-node.ts'

export const randomRoot: fc.Arbitrary<Root> = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(asRoot)

/** Of any shape, a single node included; up to ten levels deep. */
export const randomTree: fc.Arbitrary<MerkleNode> = fc.letrec<{ tree: MerkleNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 10, depthSize: 'large' },
    randomRoot.map(merkleLeaf),
    fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => merkleBranch(left, right)),
  ),
})).tree

/** A tree and several of its nodes, leaves or not, some above others. */
export const treeWithGindices = randomTree.chain((tree) => {
  const some = fc.subarray(allGindices(tree), { minLength: 1 })
  return fc.record({ tree: fc.constant(tree), a: some, b: some })
})

export function allGindices({ children }: MerkleNode, at: Gindex = 1n): Gindex[] {
  return children === undefined
    ? [at]
    : [at, ...children.flatMap((child, i) => allGindices(child, 2n * at + BigInt(i)))]
}

export function nodeOf(tree: MerkleNode, gindex: Gindex): Root {
  if (gindex === 1n) return tree.root
  const bits = Array.from(gindex.toString(2).slice(1), Number)
  return bits.reduce((node, bit) => {
    const child = node.children?.[bit === 0 ? 0 : 1]
    if (child === undefined) throw new Error(`the tree has no node ${gindex}`)
    return child
  }, tree).root
}
