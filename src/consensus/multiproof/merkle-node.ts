/** Binary Merkle trees as far as somebody knows them: whole SSZ trees and proofs look the same to who reads nodes. */
import { hash64 } from '@chainsafe/ssz'
import type { Root } from '../../chain/bytes.ts'
import { asRoot } from '../../chain/bytes.ts'

/** Always: `root` is the hash of the children's roots, where there are children. */
export interface MerkleNode {
  readonly root: Root
  /** Undefined at a leaf, and where nothing below is known. */
  readonly children: readonly [left: MerkleNode, right: MerkleNode] | undefined
}

/** What is used of a node of `@chainsafe/persistent-merkle-tree`, as SSZ views have in `.node`. */
export interface SszNode {
  readonly root: Uint8Array
  readonly left: SszNode
  readonly right: SszNode
  isLeaf(): boolean
}

export const merkleLeaf = (root: Root): MerkleNode => ({ root, children: undefined })

export const merkleBranch = (left: MerkleNode, right: MerkleNode): MerkleNode => ({
  root: asRoot(hash64(left.root, right.root)),
  children: [left, right],
})

/** An SSZ tree, hashed and walked only where it is looked at. */
export function sszMerkleNode(node: SszNode): MerkleNode {
  return {
    get root() {
      return asRoot(node.root)
    },
    get children() {
      return node.isLeaf() ? undefined : ([sszMerkleNode(node.left), sszMerkleNode(node.right)] as const)
    },
  }
}
