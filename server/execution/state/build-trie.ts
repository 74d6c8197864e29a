/** The nodes of a trie from its sorted leaves, each node made, hashed and handed on once; what is kept is one path. */
import type { Hash, Keccak } from '../../../src/chain/bytes.ts'
import { encodedNode, HASH_LENGTH, referenceOf } from '../../../src/state/trie/encode-node.ts'
import { toNibbles } from '../../../src/state/trie/nibbles.ts'
import {
  branch,
  extension,
  hashNode,
  leaf,
  NO_CHILD,
  RADIX,
  type LoadedNode,
  type Node,
} from '../../../src/state/trie/node.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'
import type { Leaf } from './leaf-run.ts'

export type EmitNode = (hash: Hash, bytes: Uint8Array) => void

/**
 * @param leaves ascending, no key twice, no value empty
 * @param emit gets each occurrence of a node, children before parents
 */
export function buildTrie(leaves: readonly Leaf[], keccak: Keccak, emit: EmitNode): Hash {
  if (leaves.length === 0) return EMPTY_ROOT
  const build: Build = { leaves, keccak, emit }
  const top = buildRange(build, 0, leaves.length, 0)
  if (top.kind === 'hash') return top.ref
  // The root counts as a node of its own even when it is short enough to be embedded.
  const bytes = encodedNode(top)
  const root = keccak(bytes) as Hash
  emit(root, bytes)
  return root
}

interface Build {
  readonly leaves: readonly Leaf[]
  readonly keccak: Keccak
  readonly emit: EmitNode
}

/** Of the leaves `[from, to)`, at least one, whose keys share their first `depth` nibbles. */
function buildRange(build: Build, from: number, to: number, depth: number): Node {
  const { key, value } = build.leaves[from]!
  if (to - from === 1) return finish(build, leaf(toNibbles(key).subarray(depth), value))
  // Sorted, so what the outermost two share, all share.
  const fork = firstDifference(key, build.leaves[to - 1]!.key, depth)
  const children: (Node | number)[] = new Array<number>(RADIX).fill(NO_CHILD)
  for (let at = from; at < to;) {
    const nibble = nibbleAt(build.leaves[at]!.key, fork)
    let end = at + 1
    while (end < to && nibbleAt(build.leaves[end]!.key, fork) === nibble) end++
    children[nibble] = buildRange(build, at, end, fork + 1)
    at = end
  }
  const made = finish(build, branch(children, undefined))
  return fork === depth ? made : finish(build, extension(toNibbles(key).subarray(depth, fork), made))
}

/** What a parent holds of a node: its hash, or all of it where it is short. */
function finish({ keccak, emit }: Build, node: LoadedNode): Node {
  const ref = referenceOf(node, keccak)
  if (ref.length < HASH_LENGTH) return node
  emit(ref as Hash, encodedNode(node))
  return hashNode(ref as Hash)
}

function firstDifference(a: Uint8Array, b: Uint8Array, from: number): number {
  let at = from
  while (nibbleAt(a, at) === nibbleAt(b, at)) at++
  return at
}

function nibbleAt(key: Uint8Array, index: number): number {
  const byte = key[index >> 1]!
  return index % 2 === 0 ? byte >> 4 : byte & 0x0f
}
