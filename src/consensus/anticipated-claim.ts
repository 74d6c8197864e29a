/** The signature of an update of which nothing else has been checked yet. */
import { findForkAtSlot } from '../chain/beacon-config.ts'
import type { Network } from '../chain/network.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { signatureClaim } from './protocol/validate-light-client-update.ts'
import type { SignatureClaim } from './sync-committee-verifier.ts'

/** None where it is of a time before the network's first fork, for which there is no domain: proving it says so. */
export function anticipatedClaim(
  network: Network,
  committee: SyncCommittee,
  update: LightClientUpdate,
): readonly SignatureClaim[] {
  const isKnownTime = findForkAtSlot(network, Math.max(update.signatureSlot, 1) - 1) !== undefined
  return isKnownTime ? [signatureClaim(network, committee, update)] : []
}
