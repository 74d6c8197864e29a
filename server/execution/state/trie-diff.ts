/**
 * What differs between two tries, walking nothing that they share.
 *
 * Both are walked side by side by path. Where the same node (by hash) stands at the same place, everything below is
 * shared and neither is looked into. An occurrence is a node at a place: a node that stands at two places of a trie
 * occurs twice, and a shape that shifts (an extension that a new leaf splits) may name a node as removed and added at
 * once. What always holds: the occurrences of the new trie are those of the old, less `removed`, plus `added`.
 */
import type { Hash } from '../../../src/chain/bytes.ts'
import { DataFaultError } from '../../../src/state/data-fault.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { RlpError } from '../../../src/state/rlp.ts'
import { decodeNode } from '../../../src/state/trie/decode-node.ts'
import { HASH_LENGTH } from '../../../src/state/trie/encode-node.ts'
import { MalformedNodeError } from '../../../src/state/trie/malformed-node-error.ts'
import { fromNibbles } from '../../../src/state/trie/nibbles.ts'
import { childRef } from '../../../src/state/trie/node-loader.ts'
import {
  hashNode,
  NO_CHILD,
  RADIX,
  type Branch,
  type Leaf,
  type LoadedNode,
  type Node,
} from '../../../src/state/trie/node.ts'
import type { NodeSource } from '../../../src/state/trie/node-source.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'

/** What is told while walking, leaves in the order of their keys. */
export interface DiffListener {
  /** The bytes may be a view of what the source gave. */
  added(hash: Hash, bytes: Uint8Array): void
  removed(hash: Hash, bytes: Uint8Array): void
  /** Undefined where the trie has no such leaf; never both, and never the same bytes twice. */
  leaf(key: Hash, before: Uint8Array | undefined, after: Uint8Array | undefined): void
}

/** Tries of 32-byte keys. */
export interface DiffedTries {
  readonly from: Hash
  readonly to: Hash
  /** keccak256 of the address whose storage they are; only reported in faults. */
  readonly owner?: Hash
}

/** @throws {DataFaultError} where `nodes` lacks one of a part that differs @throws {MalformedNodeError} */
export function diffTries({ from, to, owner }: DiffedTries, nodes: NodeSource, listener: DiffListener): void {
  if (hashKey(from) === hashKey(to)) return
  const walk: Walk = { nodes, listener, owner, path: new Uint8Array(KEY_NIBBLES) }
  compare(walk, placeOf(rootNode(from)), placeOf(rootNode(to)), 0)
}

const KEY_NIBBLES = 64

interface Walk {
  readonly nodes: NodeSource
  readonly listener: DiffListener
  readonly owner: Hash | undefined
  /** Nibbles to where the walk is, as far as its depth says. */
  readonly path: Uint8Array
}

/** A place in a trie: a node, and how many nibbles of its path (leaf or extension) lie above the place. */
interface Place {
  readonly node: Node
  readonly skip: number
}

function rootNode(root: Hash): Node | undefined {
  return hashKey(root) === hashKey(EMPTY_ROOT) ? undefined : hashNode(root)
}

function placeOf(node: Node | undefined): Place | undefined {
  return node && { node, skip: 0 }
}

/** Two places with the same path. */
function compare(walk: Walk, from: Place | undefined, to: Place | undefined, depth: number): void {
  if (from !== undefined && to !== undefined && isSame(from, to)) return
  const before = from && enter(walk, from, depth, 'removed')
  const after = to && enter(walk, to, depth, 'added')
  if (before === undefined && after === undefined) return
  if ((before === undefined || before.kind === 'leaf') && (after === undefined || after.kind === 'leaf')) {
    compareLeaves(walk, before && suffixOf(before, from), after && suffixOf(after, to), depth)
    return
  }
  if (depth >= KEY_NIBBLES) throw malformed(walk, (before ?? after)!, depth, 'a branch below a whole key')
  for (let nibble = 0; nibble < RADIX; nibble++) {
    if (before?.kind === 'branch' && after?.kind === 'branch' && haveSameChild(before, after, nibble)) continue
    walk.path[depth] = nibble
    const next = before && step(before, from.skip, nibble)
    const other = after && step(after, to.skip, nibble)
    compare(walk, next, other, depth + 1)
  }
}

/** The same node at the same place: nothing below can differ. */
function isSame(a: Place, b: Place): boolean {
  if (a.skip !== b.skip) return false
  const [left, right] = [refOf(a.node), refOf(b.node)]
  return left !== undefined && right !== undefined && sameBytes(left, right)
}

/** The same as {@link isSame}, without making a place of either: of 16 children few differ. */
function haveSameChild(a: Branch, b: Branch, nibble: number): boolean {
  const [left, right] = [a.children[nibble]!, b.children[nibble]!]
  if (typeof left !== 'number' || typeof right !== 'number') return false
  if (left === NO_CHILD || right === NO_CHILD) return left === right
  for (let i = 0; i < HASH_LENGTH; i++) if (a.base[left + i] !== b.base[right + i]) return false
  return true
}

/** A hash, or the whole node where it is embedded. */
function refOf(node: Node): Uint8Array | undefined {
  return node.ref
}

/** The node of a place; one that only its hash stands for is loaded, and occurs. */
function enter(walk: Walk, { node }: Place, depth: number, told: 'added' | 'removed'): LoadedNode {
  if (node.kind !== 'hash') return node
  if (node.target !== undefined) return node.target
  const hash = node.ref
  const bytes = walk.nodes.node(hash)
  const path = walk.path.slice(0, depth)
  if (bytes === undefined) {
    throw new DataFaultError({
      kind: 'node',
      hash: hash.slice() as Hash,
      path,
      ...(walk.owner && { owner: walk.owner }),
    })
  }
  walk.listener[told](hash, bytes)
  try {
    const loaded = decodeNode(bytes)
    loaded.ref = hash
    node.target = loaded
    return loaded
  } catch (error) {
    if (error instanceof RlpError) throw new MalformedNodeError(hash, path, error.message, walk.owner)
    throw error
  }
}

/** The place one nibble further down. */
function step(node: LoadedNode, skip: number, nibble: number): Place | undefined {
  if (node.kind === 'branch') {
    const child = node.children[nibble]!
    if (child === NO_CHILD) return undefined
    return placeOf(typeof child === 'number' ? hashNode(childRef(node, child)) : child)
  }
  if (node.path[skip] !== nibble) return undefined
  if (node.kind === 'extension' && skip + 1 === node.path.length) return placeOf(node.child)
  return { node, skip: skip + 1 }
}

interface Suffix {
  readonly node: Leaf
  readonly skip: number
}

function suffixOf(node: LoadedNode, { skip }: Place): Suffix {
  return { node: node as Leaf, skip }
}

function compareLeaves(walk: Walk, before: Suffix | undefined, after: Suffix | undefined, depth: number): void {
  const old = before && keyOf(walk, before, depth)
  const fresh = after && keyOf(walk, after, depth)
  if (old === undefined || fresh === undefined) {
    if (old !== undefined) walk.listener.leaf(old, before!.node.value, undefined)
    if (fresh !== undefined) walk.listener.leaf(fresh, undefined, after!.node.value)
    return
  }
  const order = compareBytes(old, fresh)
  if (order === 0) {
    if (sameBytes(before!.node.value, after!.node.value)) return
    walk.listener.leaf(old, before!.node.value, after!.node.value)
  } else if (order < 0) {
    walk.listener.leaf(old, before!.node.value, undefined)
    walk.listener.leaf(fresh, undefined, after!.node.value)
  } else {
    walk.listener.leaf(fresh, undefined, after!.node.value)
    walk.listener.leaf(old, before!.node.value, undefined)
  }
}

function keyOf(walk: Walk, { node, skip }: Suffix, depth: number): Hash {
  if (depth + node.path.length - skip !== KEY_NIBBLES) throw malformed(walk, node, depth, 'a leaf of another depth')
  const nibbles = walk.path.slice()
  nibbles.set(node.path.subarray(skip), depth)
  return fromNibbles(nibbles) as Hash
}

function malformed(walk: Walk, node: LoadedNode, depth: number, reason: string): MalformedNodeError {
  const { ref = new Uint8Array(0) } = node
  return new MalformedNodeError(ref as Hash, walk.path.slice(0, depth), reason, walk.owner)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const limit = Math.min(a.length, b.length)
  for (let i = 0; i < limit; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
