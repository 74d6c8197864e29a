/**
 * Merkle trees of which only a few parts mean something: whatever is beside the way to them is made up from a seed, or
 * zero where SSZ pads with zeros. What is made can be read by proofs like any other tree.
 */
import { asRoot } from '../../../src/chain/bytes.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import { merkleBranch, merkleLeaf } from '../../../src/consensus/multiproof/merkle-node.ts'
import { seededBytes } from './seeded.ts'

/**
 * Equal seeds and parts give equal trees.
 * @param parts by generalized index; none lies below another
 */
export function sparseTree(seed: string, parts: ReadonlyMap<number, MerkleNode>): MerkleNode {
  const above = ancestors(parts.keys())
  const build = (gindex: number): MerkleNode => {
    const part = parts.get(gindex)
    if (part !== undefined) return part
    if (above.has(gindex)) return merkleBranch(build(2 * gindex), build(2 * gindex + 1))
    return merkleLeaf(asRoot(seededBytes(`${seed}, node ${gindex}`)))
  }
  return build(1)
}

/** The siblings that prove a node, from it up. @throws {RangeError} where the tree ends above it */
export function branchOf(tree: MerkleNode, gindex: number): Uint8Array[] {
  const branch: Uint8Array[] = []
  let node = tree
  for (const bit of gindex.toString(2).slice(1)) {
    if (node.children === undefined) throw new RangeError(`the tree ends above node ${gindex}`)
    const [left, right] = node.children
    branch.unshift(bit === '0' ? right.root : left.root)
    node = bit === '0' ? left : right
  }
  return branch
}

/** The same tree with nothing below what is beside the ways to these nodes, which is never shown to anybody. */
export function onlyPaths(tree: MerkleNode, gindices: readonly number[]): MerkleNode {
  const above = ancestors(gindices)
  const build = (node: MerkleNode, gindex: number): MerkleNode => {
    if (!above.has(gindex) || node.children === undefined) return merkleLeaf(node.root)
    const [left, right] = node.children
    return { root: node.root, children: [build(left, 2 * gindex), build(right, 2 * gindex + 1)] }
  }
  return build(tree, 1)
}

export const leaf = (root: Uint8Array): MerkleNode => merkleLeaf(asRoot(root))

/** A uint64 as an SSZ chunk: little-endian, then zeros. */
export function uint64Leaf(value: number): MerkleNode {
  const chunk = new Uint8Array(32)
  new DataView(chunk.buffer).setBigUint64(0, BigInt(value), true)
  return leaf(chunk)
}

/** merkleize: the nodes, then zeros, below a root that is `depth` levels above them. */
export function merkleize(nodes: readonly MerkleNode[], depth: number): MerkleNode {
  const [first] = nodes
  if (first === undefined) return zeroTree(depth)
  if (depth === 0) return first
  const half = 2 ** (depth - 1)
  return merkleBranch(merkleize(nodes.slice(0, half), depth - 1), merkleize(nodes.slice(half), depth - 1))
}

/** Grown as far as somebody asked. */
const zeroTrees: MerkleNode[] = [leaf(new Uint8Array(32))]

export function zeroTree(depth: number): MerkleNode {
  const known = zeroTrees[depth]
  if (known !== undefined) return known
  const below = zeroTree(depth - 1)
  const tree = merkleBranch(below, below)
  zeroTrees[depth] = tree
  return tree
}

/**
 * The tree with the leaves from `from` (included) to `to` (excluded) replaced by one node. Costs some hashes a level,
 * however many leaves that are: equal halves are one tree.
 */
export function fillLeaves(tree: MerkleNode, depth: number, from: number, to: number, node: MerkleNode): MerkleNode {
  if (from >= to) return tree
  const uniform = [node]
  const uniformTree = (levels: number): MerkleNode => {
    for (let last = uniform.at(-1) ?? node; uniform.length <= levels; last = uniform.at(-1) ?? node) {
      uniform.push(merkleBranch(last, last))
    }
    return uniform[levels] ?? node
  }
  const fill = (at: MerkleNode, levels: number, start: number): MerkleNode => {
    const end = start + 2 ** levels
    if (to <= start || end <= from) return at
    if (from <= start && end <= to) return uniformTree(levels)
    if (at.children === undefined) throw new RangeError(`the tree is not ${depth} levels deep`)
    const [left, right] = at.children
    return merkleBranch(fill(left, levels - 1, start), fill(right, levels - 1, start + 2 ** (levels - 1)))
  }
  return fill(tree, depth, 0)
}

function ancestors(gindices: Iterable<number>): ReadonlySet<number> {
  const above = new Set<number>()
  for (const gindex of gindices) for (let at = parent(gindex); at >= 1; at = parent(at)) above.add(at)
  return above
}

const parent = (gindex: number): number => Math.floor(gindex / 2)
