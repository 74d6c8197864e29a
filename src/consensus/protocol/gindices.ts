/**
 * Generalized indices of what light clients prove in a beacon state and in a block body (consensus-specs, sync protocol of
 * Altair, Capella, Electra and Gloas; Gloas as of its progressive containers, EIP-7688).
 */
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type { Network } from '../../chain/network.ts'
import type { ProvenExecution } from '../containers/light-client-objects.ts'
import { executionKindAtSlot } from '../containers/light-client-objects.ts'

export interface StateGindices {
  readonly finalizedRoot: number
  readonly currentSyncCommittee: number
  readonly nextSyncCommittee: number
}

const ALTAIR: StateGindices = { finalizedRoot: 105, currentSyncCommittee: 54, nextSyncCommittee: 55 }
/** The state outgrew 32 fields, so everything in it is one level deeper. */
const ELECTRA: StateGindices = { finalizedRoot: 169, currentSyncCommittee: 86, nextSyncCommittee: 87 }
/** The state is a progressive container, where later fields lie deeper but none moves any more. */
const GLOAS: StateGindices = { finalizedRoot: 735, currentSyncCommittee: 2945, nextSyncCommittee: 2946 }

/** finalized_root_gindex_at_slot and its two siblings, for a state of that slot. */
export function stateGindicesAtSlot(network: Network, slot: number): StateGindices {
  const { name } = forkAtSlot(network, slot)
  if (isAtLeast(name, 'gloas')) return GLOAS
  return isAtLeast(name, 'electra') ? ELECTRA : ALTAIR
}

/** EXECUTION_PAYLOAD_GINDEX in the block body, Capella to Fulu. */
export const EXECUTION_PAYLOAD_GINDEX = 25

/**
 * The execution block's hash in the block body: up to Fulu through the execution header, whose depth is that of its
 * number of fields, from Gloas on `signed_execution_payload_bid.message.parent_block_hash`.
 */
const EXECUTION_BLOCK_HASH_GINDICES: Readonly<Record<ProvenExecution['kind'], number>> = {
  capella: 412,
  deneb: 812,
  blockHash: 2856,
}

/** execution_block_hash_gindex_at_slot, for a body of that slot; undefined before Capella. */
export function executionBlockHashGindexAtSlot(network: Network, slot: number): number | undefined {
  const kind = executionKindAtSlot(network, slot)
  return kind && EXECUTION_BLOCK_HASH_GINDICES[kind]
}
