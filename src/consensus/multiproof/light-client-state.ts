/** What light clients follow in a beacon state, out of a proof of any shape: the finalized root and both committees. */
import type { Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { stateGindicesAtSlot } from '../protocol/gindices.ts'
import type { Gindex } from './gindex.ts'
import type { StateRoot } from './historical-block.ts'
import type { Multiproof } from './multiproof.ts'
import { provenNode, requireRoot } from './multiproof.ts'

export interface LightClientState {
  /** Zeros while the chain has finalized only its genesis. */
  readonly finalizedRoot: Root
  /** hash_tree_root of the committees. */
  readonly currentSyncCommitteeRoot: Root
  readonly nextSyncCommitteeRoot: Root
}

/** What {@link provenLightClientState} reads, to ask for. @throws {ForkScheduleError} for a slot before the first fork given */
export function lightClientStateGindices(network: Network, slot: number): Gindex[] {
  const { finalizedRoot, currentSyncCommittee, nextSyncCommittee } = stateGindicesAtSlot(network, slot)
  return [finalizedRoot, currentSyncCommittee, nextSyncCommittee].map(BigInt)
}

/**
 * @throws {MultiproofError} otherRoot when the proof is not of that state; notProven when it lacks one of the three
 * @throws {ForkScheduleError} for a slot before the first fork given
 */
export function provenLightClientState(network: Network, state: StateRoot, proof: Multiproof): LightClientState {
  const gindices = stateGindicesAtSlot(network, state.slot)
  const node = (gindex: number): Root => provenNode(requireRoot(proof, state.root), BigInt(gindex))
  return {
    finalizedRoot: node(gindices.finalizedRoot),
    currentSyncCommitteeRoot: node(gindices.currentSyncCommittee),
    nextSyncCommitteeRoot: node(gindices.nextSyncCommittee),
  }
}
