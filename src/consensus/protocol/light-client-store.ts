/**
 * LightClientStore (consensus-specs, sync protocol): the specification's own state, with its force-update. It exists
 * for conformance; what a head is for the client is decided with a supermajority always (see `head-validator.ts`).
 * Headers and updates are in the form of their own fork, so a fork of the network needs no upgrade of the store.
 */
import type { SyncCommitteeVerifier } from '../sync-committee-verifier.ts'
import type { Network } from '../../chain/network.ts'
import type { LightClientHeader, LightClientUpdate } from '../containers/light-client-objects.ts'
import type { SyncCommittee } from '../containers/ssz-types.ts'

export interface LightClientStore {
  readonly finalizedHeader: LightClientHeader
  readonly currentSyncCommittee: SyncCommittee
  /** Undefined while unknown. */
  readonly nextSyncCommittee: SyncCommittee | undefined
  /** The best update seen since the finalized header moved, for a forced update. */
  readonly bestValidUpdate: LightClientUpdate | undefined
  readonly optimisticHeader: LightClientHeader
  /** Most signers seen in the period before and in this one: the optimistic header needs more than half of them. */
  readonly previousMaxActiveParticipants: number
  readonly currentMaxActiveParticipants: number
}

/** What the protocol functions are given from outside. */
export interface LightClientContext {
  readonly network: Network
  /** By the caller's clock; anything signed later is refused. */
  readonly currentSlot: number
  readonly verifier: SyncCommitteeVerifier
}
