/**
 * Beacon states and blocks as Merkle trees, built from the containers' field numbers (consensus-specs), so that no
 * generalized index of the product goes into what it is tested on. A root in a tree has the tree it is of below it.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type { Hash, Root } from '../../chain/bytes.ts'
import { asHash, asRoot } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import type { MerkleNode } from './merkle-node.ts'
import { merkleBranch, merkleLeaf } from './merkle-node.ts'

export const seededRoot = (seed: string): Root => asRoot(sha256(new TextEncoder().encode(seed)))

export const blockHashOf = (slot: number): Hash => asHash(seededRoot(`block hash ${slot}`))

export function uint64Leaf(value: number): MerkleNode {
  const chunk = new Uint8Array(32)
  new DataView(chunk.buffer).setBigUint64(0, BigInt(value), true)
  return merkleLeaf(asRoot(chunk))
}

/** The block of that slot, down to the hash it proves. */
export function blockTree(network: Network, slot: number, blockHash: Root = asRoot(blockHashOf(slot))): MerkleNode {
  return headerTree(slot, bodyTree(network, slot, blockHash))
}

export function headerTree(slot: number, body: MerkleNode): MerkleNode {
  return containerTree(5, { 0: uint64Leaf(slot), 4: body }, `header ${slot}`)
}

function bodyTree(network: Network, slot: number, blockHash: Root): MerkleNode {
  const { name } = forkAtSlot(network, slot)
  const hash = merkleLeaf(blockHash)
  if (isAtLeast(name, 'gloas')) {
    const bid = progressiveContainerTree(12, { 0: hash }, `bid ${slot}`)
    return progressiveContainerTree(13, { 10: containerTree(2, { 0: bid }, `signed ${slot}`) }, `body ${slot}`)
  }
  const payload = containerTree(isAtLeast(name, 'deneb') ? 17 : 15, { 12: hash }, `payload ${slot}`)
  const fields = isAtLeast(name, 'electra') ? 13 : isAtLeast(name, 'deneb') ? 12 : 11
  return containerTree(fields, { 9: payload }, `body ${slot}`)
}

/**
 * @param blocks by slot, the latest one at or before it, for every slot before the state's
 * @param size SLOTS_PER_HISTORICAL_ROOT
 * @param firstSummary period of the first summary
 */
export function stateTree(
  network: Network,
  slot: number,
  blocks: (slot: number) => MerkleNode,
  { size, firstSummary }: { readonly size: number; readonly firstSummary: number },
): MerkleNode {
  const depth = Math.log2(size)
  const root = (at: number) => (at < 0 ? merkleLeaf(asRoot(new Uint8Array(32))) : blocks(at))
  // Each slot overwrites the place of the one a vector earlier.
  const recent = Array.from({ length: size }, (_, i) => root(slot - 1 - ((((slot - 1 - i) % size) + size) % size)))
  const summaries = Array.from({ length: Math.max(Math.floor(slot / size) - firstSummary, 0) }, (_, i) => {
    const roots = Array.from({ length: size }, (_, j) => root((firstSummary + i) * size + j))
    return merkleBranch(merkleize(roots, depth), merkleLeaf(seededRoot(`state summary ${i}`)))
  })
  const fields = {
    5: merkleize(recent, depth),
    20: merkleBranch(uint64Leaf(1), merkleLeaf(seededRoot(`finalized root of ${slot}`))),
    22: merkleLeaf(seededRoot(`current committee of ${slot}`)),
    23: merkleLeaf(seededRoot(`next committee of ${slot}`)),
    27: merkleBranch(merkleize(summaries, 24), uint64Leaf(summaries.length)),
  }
  const { name } = forkAtSlot(network, slot)
  if (isAtLeast(name, 'gloas')) return progressiveContainerTree(46, fields, `state ${slot}`)
  const count = isAtLeast(name, 'fulu') ? 38 : isAtLeast(name, 'electra') ? 37 : 28
  return containerTree(count, fields, `state ${slot}`)
}

/** An SSZ container; fields that are not given are made up. */
function containerTree(count: number, fields: Readonly<Record<number, MerkleNode>>, seed: string): MerkleNode {
  return merkleize(allFields(count, fields, seed), Math.ceil(Math.log2(count)))
}

/** A progressive container (EIP-7688); the right child holds the active fields. */
function progressiveContainerTree(
  count: number,
  fields: Readonly<Record<number, MerkleNode>>,
  seed: string,
): MerkleNode {
  const rest = (nodes: readonly MerkleNode[], depth: number): MerkleNode =>
    nodes.length === 0
      ? merkleLeaf(asRoot(new Uint8Array(32)))
      : merkleBranch(merkleize(nodes.slice(0, 2 ** depth), depth), rest(nodes.slice(2 ** depth), depth + 2))
  return merkleBranch(rest(allFields(count, fields, seed), 0), merkleLeaf(seededRoot(`${seed}, active fields`)))
}

const allFields = (count: number, fields: Readonly<Record<number, MerkleNode>>, seed: string): MerkleNode[] =>
  Array.from({ length: count }, (_, i) => fields[i] ?? merkleLeaf(seededRoot(`${seed}, field ${i}`)))

/** merkleize: padded with zeros to 2 ** depth leaves. */
export function merkleize(nodes: readonly MerkleNode[], depth: number): MerkleNode {
  const [first] = nodes
  if (first === undefined) return zeroTree(depth)
  if (depth === 0) return first
  const half = 2 ** (depth - 1)
  return merkleBranch(merkleize(nodes.slice(0, half), depth - 1), merkleize(nodes.slice(half), depth - 1))
}

function zeroTree(depth: number): MerkleNode {
  if (depth === 0) return merkleLeaf(asRoot(new Uint8Array(32)))
  const below = zeroTree(depth - 1)
  return merkleBranch(below, below)
}
