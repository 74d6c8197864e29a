/**
 * Nodes of the trie in memory.
 *
 * Always: a node's content never changes once it is linked into a trie, so tries share nodes freely and undoing a batch
 * is keeping the old root. Three things are filled in later, none of which changes the content: a child that was only a
 * hash is replaced by the node it names, `ref` is computed once, and `fresh` ends with the commit.
 */
import type { Hash } from '../../chain/bytes.ts'
import { joinNibbles } from './nibbles.ts'
import type { Nibbles } from './nibbles.ts'

export type Node = LoadedNode | HashNode

export type LoadedNode = Leaf | Extension | Branch

interface Encodable {
  /** How a parent refers to this node: its hash (exactly 32 bytes) or its encoding (fewer). Undefined while dirty. */
  ref: Uint8Array | undefined
  /** From when a dirty node is hashed until a commit hands it out. */
  fresh: boolean
}

export interface Leaf extends Encodable {
  readonly kind: 'leaf'
  /** The rest of the key. */
  readonly path: Nibbles
  readonly value: Uint8Array
}

export interface Extension extends Encodable {
  readonly kind: 'extension'
  /** Never empty. */
  readonly path: Nibbles
  /** A branch, or the hash of what must be one. */
  readonly child: Node
}

export interface Branch extends Encodable {
  readonly kind: 'branch'
  /** The encoding that offsets in `children` point into. */
  readonly base: Uint8Array
  /** 16 of them: {@link NO_CHILD}, the offset of a 32-byte hash in `base`, or the child itself. */
  readonly children: (Node | number)[]
  /** Of the key that ends here; impossible where all keys have one length. */
  readonly value: Uint8Array | undefined
}

/** A node known by its hash only, until `target` is loaded; everyone who holds this object then has it. */
export interface HashNode {
  readonly kind: 'hash'
  readonly ref: Hash
  target: LoadedNode | undefined
}

/** Offset 0 is a list prefix in every encoding, so it is free to mean that there is no child. */
export const NO_CHILD = 0

/** No nibble: the number of children of a branch. */
export const RADIX = 16

const NO_BASE = new Uint8Array(0)

export function leaf(path: Nibbles, value: Uint8Array): Leaf {
  return { kind: 'leaf', ref: undefined, fresh: false, path, value }
}

export function extension(path: Nibbles, child: Node): Extension {
  return { kind: 'extension', ref: undefined, fresh: false, path, child }
}

export function branch(children: (Node | number)[], value: Uint8Array | undefined, base: Uint8Array = NO_BASE): Branch {
  return { kind: 'branch', ref: undefined, fresh: false, base, children, value }
}

export function hashNode(hash: Hash): HashNode {
  return { kind: 'hash', ref: hash, target: undefined }
}

/** The node that stands `path` above `node`: leaf and extension take the path in, a branch gets an extension. */
export function prefixed(path: Nibbles, node: LoadedNode | undefined): LoadedNode | undefined {
  if (node === undefined || path.length === 0) return node
  switch (node.kind) {
    case 'leaf':
      return leaf(joinNibbles(path, node.path), node.value)
    case 'extension':
      return extension(joinNibbles(path, node.path), node.child)
    case 'branch':
      return extension(path, node)
  }
}
