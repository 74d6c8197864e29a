/**
 * hash_tree_root as trees, so that what is below a root can be proven too (consensus-specs, `ssz/simple-serialize.md`;
 * progressive forms: EIP-7916 and EIP-7495). Written for values whose types are known where they are hashed.
 */
import { concatBytes } from '@ethereumjs/util'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import { merkleBranch, merkleLeaf } from '../../../src/consensus/multiproof/merkle-node.ts'
import { leaf, merkleize, uint64Leaf, zeroTree } from './sparse-tree.ts'

const CHUNK = 32

/** BytesN, of any number of chunks. */
export const bytesTree = (bytes: Uint8Array): MerkleNode => container(chunks(bytes))

/** A container of the fields' trees; also a vector of whole chunks. */
export const container = (fields: readonly MerkleNode[]): MerkleNode =>
  merkleize(fields, Math.ceil(Math.log2(Math.max(fields.length, 1))))

/** A list of items with roots of their own. @param depth its limit, as a power of two */
export const listTree = (items: readonly MerkleNode[], depth: number): MerkleNode =>
  merkleBranch(merkleize(items, depth), uint64Leaf(items.length))

/** @param depth the limit in chunks, as a power of two */
export const byteListTree = (bytes: Uint8Array, depth: number): MerkleNode =>
  merkleBranch(merkleize(chunks(bytes), depth), uint64Leaf(bytes.length))

/** A list without limit, of items with roots of their own. */
export const progressiveListTree = (items: readonly MerkleNode[]): MerkleNode =>
  merkleBranch(progressive(items), uint64Leaf(items.length))

/** All fields of it active. */
export function progressiveContainer(fields: readonly MerkleNode[]): MerkleNode {
  const active = new Uint8Array(CHUNK)
  for (const field of fields.keys()) active[field >> 3] = (active[field >> 3] ?? 0) | (1 << (field & 7))
  return merkleBranch(progressive(fields), leaf(active))
}

/** The root alone, where nobody is shown what is below: a tree takes a hundred times the memory. */
export const rootOnly = (tree: MerkleNode): MerkleNode => merkleLeaf(tree.root)

/** A uint256, little-endian. */
export const uint256Tree = (value: bigint): MerkleNode => leaf(littleEndian(value))

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(CHUNK)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < CHUNK; at += 8) view.setBigUint64(at, (value >> BigInt(8 * at)) & 0xffff_ffff_ffff_ffffn, true)
  return bytes
}

/** merkleize_progressive: subtrees of 1, 4, 16 … chunks, the rest to the right of each, a zero where nothing is left. */
function progressive(nodes: readonly MerkleNode[], depth = 0): MerkleNode {
  if (nodes.length === 0) return zeroTree(0)
  const size = 2 ** depth
  return merkleBranch(merkleize(nodes.slice(0, size), depth), progressive(nodes.slice(size), depth + 2))
}

function chunks(bytes: Uint8Array): MerkleNode[] {
  const count = Math.ceil(bytes.length / CHUNK)
  const padded = concatBytes(bytes, new Uint8Array(count * CHUNK - bytes.length))
  return Array.from({ length: count }, (_, i) => leaf(padded.subarray(i * CHUNK, (i + 1) * CHUNK)))
}
