/**
 * The execution block of an old slot, proven under a state root that is known: the state's block roots or summaries,
 * then the block's header, then its body. The whole way is one proof, as deep as 64 levels; servers give it in parts,
 * which `graftMultiproof` joins.
 */
import { bytesToHex } from '@ethereumjs/util'
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type { Hash, Root } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { executionBlockHashGindexAtSlot } from '../protocol/gindices.ts'
import { blockRootPlace } from './block-root-place.ts'
import type { Gindex } from './gindex.ts'
import { concatGindices } from './gindex.ts'
import { HistoricalProofError } from './historical-proof-error.ts'
import type { Multiproof } from './multiproof.ts'
import { provenNode, requireRoot, subproof } from './multiproof.ts'

/** A state whose root a proven header has: the slot is the header's. */
export interface StateRoot {
  readonly slot: number
  readonly root: Root
}

export interface HistoricalBlock {
  /** Of the block: earlier than the one asked for where that was missed. */
  readonly slot: number
  readonly root: Root
  /**
   * From Gloas on a block proves the payload that its own builds on (`parentPayload`), because its own may never have been
   * revealed.
   */
  readonly execution: { readonly kind: 'payload' | 'parentPayload'; readonly blockHash: Hash }
}

/** Fields 0 and 4 of the five of BeaconBlockHeader; a block's own tree has them at the same places. */
const HEADER_SLOT: Gindex = 8n
const HEADER_BODY_ROOT: Gindex = 12n

/**
 * What {@link provenHistoricalBlock} reads below a block's root, to ask for.
 * @param blockSlot of the block itself, as any source says: a wrong one only makes a proof that lacks a node
 * @throws {HistoricalProofError} beforeCapella
 */
export function blockGindices(network: Network, blockSlot: number): Gindex[] {
  return [HEADER_SLOT, blockHashGindex(network, blockSlot)]
}

/**
 * What {@link provenHistoricalBlock} reads below a state root.
 * @param slot asked for
 * @param blockSlot of the latest block at or before it, as any source says
 * @throws {HistoricalProofError} notBefore, beforeCapella, unknownCapella, badSlot
 */
export function historicalBlockGindices(
  network: Network,
  stateSlot: number,
  slot: number,
  blockSlot: number = slot,
): Gindex[] {
  const { blockRoot } = blockRootPlace(network, stateSlot, slot)
  return blockGindices(network, blockSlot).map((gindex) => concatGindices(blockRoot, gindex))
}

/**
 * Slot of the latest block at or before `slot`: where it is of another fork than was asked for, the proof has to be asked
 * for again with it.
 * @throws {MultiproofError} otherRoot when the proof is not of that state; notProven when it lacks a node
 * @throws {HistoricalProofError}
 */
export function provenBlockSlot(network: Network, state: StateRoot, slot: number, proof: Multiproof): number {
  const { blockRoot } = blockRootPlace(network, state.slot, slot)
  const block = subproof(requireRoot(proof, state.root), blockRoot)
  const blockSlot = slotOfChunk(provenNode(block, HEADER_SLOT))
  if (blockSlot > slot) throw new HistoricalProofError({ code: 'laterBlock', slot, blockSlot })
  return blockSlot
}

/**
 * The latest block at or before `slot`. Its own slot is proven before anything else, because its fork decides where in
 * its body the hash is.
 * @throws {MultiproofError} otherRoot when the proof is not of that state; notProven when it lacks a node
 * @throws {HistoricalProofError}
 */
export function provenHistoricalBlock(
  network: Network,
  state: StateRoot,
  slot: number,
  proof: Multiproof,
): HistoricalBlock {
  const blockSlot = provenBlockSlot(network, state, slot, proof)
  const { blockRoot } = blockRootPlace(network, state.slot, slot)
  const block = subproof(proof, blockRoot)
  const blockHash = provenNode(block, blockHashGindex(network, blockSlot))
  if (blockHash.every((byte) => byte === 0)) throw new HistoricalProofError({ code: 'noBlockHash', blockSlot })
  const kind = isAtLeast(forkAtSlot(network, blockSlot).name, 'gloas') ? 'parentPayload' : 'payload'
  return { slot: blockSlot, root: block.root, execution: { kind, blockHash: asHash(blockHash) } }
}

function blockHashGindex(network: Network, blockSlot: number): Gindex {
  const inBody = executionBlockHashGindexAtSlot(network, blockSlot)
  if (inBody === undefined) throw new HistoricalProofError({ code: 'beforeCapella', slot: blockSlot })
  return concatGindices(HEADER_BODY_ROOT, BigInt(inBody))
}

/** A uint64 as an SSZ chunk: little-endian, then zeros. */
function slotOfChunk(chunk: Root): number {
  const slot = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength).getBigUint64(0, true)
  if (slot > Number.MAX_SAFE_INTEGER || chunk.subarray(8).some((byte) => byte !== 0)) {
    throw new HistoricalProofError({ code: 'malformedSlot', chunk: bytesToHex(chunk) })
  }
  return Number(slot)
}
