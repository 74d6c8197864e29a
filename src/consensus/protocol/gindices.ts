/** Generalized indices of what light clients prove in a beacon state (consensus-specs, sync protocol of Altair and Electra). */
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type { Network } from '../../chain/network.ts'

export interface StateGindices {
  readonly finalizedRoot: number
  readonly currentSyncCommittee: number
  readonly nextSyncCommittee: number
}

const ALTAIR: StateGindices = { finalizedRoot: 105, currentSyncCommittee: 54, nextSyncCommittee: 55 }
/** The state outgrew 32 fields, so everything in it is one level deeper. */
const ELECTRA: StateGindices = { finalizedRoot: 169, currentSyncCommittee: 86, nextSyncCommittee: 87 }

/** EXECUTION_PAYLOAD_GINDEX in the block body, Capella to Fulu. */
export const EXECUTION_PAYLOAD_GINDEX = 25

/** finalized_root_gindex_at_slot and its two siblings, for a state of that slot. */
export const stateGindicesAtSlot = (network: Network, slot: number): StateGindices =>
  isAtLeast(forkAtSlot(network, slot).name, 'electra') ? ELECTRA : ALTAIR
