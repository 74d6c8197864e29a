/**
 * Multiproofs: any set of nodes of a Merkle tree, proven together under its root. What is read is checked at once, so
 * that holding a {@link Multiproof} is the proof; merging, trimming and grafting give nothing that was not proven.
 */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import { asRoot } from '../../chain/bytes.ts'
import type { Gindex } from './gindex.ts'
import { gindexPath, requireDepth } from './gindex.ts'
import type { MerkleNode } from './merkle-node.ts'
import { merkleBranch, merkleLeaf } from './merkle-node.ts'
import { MultiproofError } from './multiproof-error.ts'
import type { ProofFormat } from './proof-format.ts'
import { requireValueCount, valueCount } from './proof-format.ts'

declare const proven: unique symbol

/**
 * A partial tree. Always: the functions of this file made it; `root` is the one its maker asked for; every node is the
 * hash of its children; it has at most `MAX_PROOF_VALUES` values, at most `MAX_PROOF_DEPTH` levels deep.
 */
export type Multiproof = MerkleNode & { readonly [proven]: true }

/** A proof as it travels: a shape and its values from left to right. Nothing is proven by having one. */
export interface UncheckedMultiproof {
  readonly format: ProofFormat
  readonly values: readonly Uint8Array[]
}

/**
 * Checks a proof against the root it should be of. The values are copied.
 * @throws {MultiproofError} tooDeep, tooManyValues, valueCount, valueLength, otherRoot
 */
export function readMultiproof({ format, values }: UncheckedMultiproof, root: Root): Multiproof {
  const expected = valueCount(format)
  requireValueCount(expected)
  if (values.length !== expected) throw new MultiproofError({ code: 'valueCount', came: values.length, expected })
  for (const [index, { length }] of values.entries()) {
    if (length !== 32) throw new MultiproofError({ code: 'valueLength', index, length })
  }
  const remaining = values.values()
  const build = (shape: ProofFormat, depth: number): MerkleNode => {
    requireDepth(depth)
    if (shape !== 'value') return merkleBranch(build(shape[0], depth + 1), build(shape[1], depth + 1))
    return merkleLeaf(asRoot((remaining.next().value ?? new Uint8Array()).slice()))
  }
  return checkedAgainst(build(format, 0), root)
}

/**
 * Reads a single branch, as light-client objects carry them.
 * @param branch from the leaf's sibling up to a child of the root
 * @throws {MultiproofError} badGindex, tooDeep, branchLength, valueLength, otherRoot
 */
export function readBranch(leaf: Uint8Array, branch: readonly Uint8Array[], gindex: Gindex, root: Root): Multiproof {
  const path = gindexPath(gindex)
  if (branch.length !== path.length) {
    throw new MultiproofError({ code: 'branchLength', came: branch.length, expected: path.length })
  }
  const values = [leaf, ...branch]
  for (const [index, { length }] of values.entries()) {
    if (length !== 32) throw new MultiproofError({ code: 'valueLength', index, length })
  }
  const [start, ...siblings] = values.map((value) => merkleLeaf(asRoot(value.slice())))
  if (start === undefined) throw new MultiproofError({ code: 'valueCount', came: 0, expected: 1 })
  const top = siblings.reduce(
    (node, sibling, level) =>
      path.at(-1 - level) === 'left' ? merkleBranch(node, sibling) : merkleBranch(sibling, node),
    start,
  )
  return checkedAgainst(top, root)
}

/**
 * Takes the values of a shape out of a tree: an SSZ tree to serve from, or a proof to send on.
 * @throws {MultiproofError} notProven where the tree ends above the shape; tooManyValues
 */
export function writeMultiproof(tree: MerkleNode, format: ProofFormat): UncheckedMultiproof {
  requireValueCount(valueCount(format))
  const values: Root[] = []
  collectValues(restrict(tree, format, 1n), values)
  return { format, values }
}

/** The shape of a proof, so that `writeMultiproof(proof, formatOf(proof))` is the whole of it. */
export const formatOf = (proof: Multiproof): ProofFormat => shapeOf(proof)

/**
 * The node at an index: a value, or the hash of what is below.
 * @throws {MultiproofError} badGindex, tooDeep, notProven
 */
export function provenNode(proof: Multiproof, gindex: Gindex): Root {
  return nodeAt(proof, gindex).root
}

/**
 * A proof of everything that either proves.
 * @throws {MultiproofError} otherRoot when they are not of the same tree; tooManyValues
 */
export function mergeMultiproofs(a: Multiproof, b: Multiproof): Multiproof {
  const merged = union(a, requireRoot(b, a.root))
  requireValueCount(valueCount(shapeOf(merged)))
  return merged as Multiproof
}

/**
 * A proof of exactly this shape, usually from `formatOfGindices`: what is not in it is left out.
 * @throws {MultiproofError} notProven
 */
export function trimMultiproof(proof: Multiproof, format: ProofFormat): Multiproof {
  return restrict(proof, format, 1n) as Multiproof
}

/**
 * The proof itself, for who did not read it and must know of which tree it is.
 * @throws {MultiproofError} otherRoot
 */
export function requireRoot(proof: Multiproof, root: Root): Multiproof {
  return checkedAgainst(proof, root)
}

/**
 * The part of a proof below one of its nodes, as a proof of its own.
 * @throws {MultiproofError} badGindex, tooDeep, notProven
 */
export function subproof(proof: Multiproof, gindex: Gindex): Multiproof {
  return nodeAt(proof, gindex) as Multiproof
}

/**
 * Continues a proof below one of its nodes with a proof of the tree that hangs there: a block below its root in a
 * state, an old `block_roots` below its summary.
 * @throws {MultiproofError} notProven when `outer` does not have the node; otherRoot when it is not the root of `inner`;
 * tooDeep, tooManyValues when the whole is too large
 */
export function graftMultiproof(outer: Multiproof, gindex: Gindex, inner: Multiproof): Multiproof {
  requireRoot(inner, provenNode(outer, gindex))
  const graft = (node: MerkleNode, level: number): MerkleNode => {
    const turn = path[level]
    if (turn === undefined) return union(node, inner)
    if (node.children === undefined) throw new MultiproofError({ code: 'notProven', gindex })
    const [left, right] = node.children
    const children =
      turn === 'left' ? ([graft(left, level + 1), right] as const) : ([left, graft(right, level + 1)] as const)
    return { root: node.root, children }
  }
  const path = gindexPath(gindex)
  const whole = graft(outer, 0)
  requireDepth(depthOf(whole))
  requireValueCount(valueCount(shapeOf(whole)))
  return whole as Multiproof
}

function checkedAgainst(node: MerkleNode, root: Root): Multiproof {
  if (!byteArrayEquals(node.root, root)) {
    throw new MultiproofError({ code: 'otherRoot', came: bytesToHex(node.root), expected: bytesToHex(root) })
  }
  return node as Multiproof
}

function nodeAt(tree: MerkleNode, gindex: Gindex): MerkleNode {
  return gindexPath(gindex).reduce((node, turn) => {
    if (node.children === undefined) throw new MultiproofError({ code: 'notProven', gindex })
    return node.children[turn === 'left' ? 0 : 1]
  }, tree)
}

function restrict({ root, children }: MerkleNode, format: ProofFormat, gindex: Gindex): MerkleNode {
  if (format === 'value') return merkleLeaf(root)
  if (children === undefined) throw new MultiproofError({ code: 'notProven', gindex: 2n * gindex })
  const [left, right] = children
  return {
    root,
    children: [restrict(left, format[0], 2n * gindex), restrict(right, format[1], 2n * gindex + 1n)],
  }
}

/** Of two nodes with the same root. Then the children have the same roots too, or the hash function is broken. */
function union(a: MerkleNode, b: MerkleNode): MerkleNode {
  if (a.children === undefined) return b
  if (b.children === undefined) return a
  const [left, right] = a.children
  return { root: a.root, children: [union(left, b.children[0]), union(right, b.children[1])] }
}

function shapeOf({ children }: MerkleNode): ProofFormat {
  return children === undefined ? 'value' : [shapeOf(children[0]), shapeOf(children[1])]
}

function depthOf({ children }: MerkleNode): number {
  return children === undefined ? 0 : 1 + Math.max(depthOf(children[0]), depthOf(children[1]))
}

function collectValues({ root, children }: MerkleNode, values: Root[]): void {
  if (children === undefined) values.push(root)
  else for (const child of children) collectValues(child, values)
}
