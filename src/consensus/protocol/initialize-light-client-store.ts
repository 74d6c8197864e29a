/** initialize_light_client_store (consensus-specs, sync protocol). */
import { bytesToHex } from '@ethereumjs/util'
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import type { LightClientBootstrap } from '../containers/light-client-objects.ts'
import { BeaconBlockHeaderType, lightClientTypes } from '../containers/ssz-types.ts'
import { stateGindicesAtSlot } from './gindices.ts'
import { isValidLightClientHeader } from './is-valid-light-client-header.ts'
import { isValidNormalizedMerkleBranch } from './is-valid-merkle-branch.ts'
import { InvalidBootstrapError } from './light-client-error.ts'
import type { LightClientStore } from './light-client-store.ts'

/** @throws {InvalidBootstrapError} */
export function initializeLightClientStore(
  network: Network,
  trustedBlockRoot: Root,
  bootstrap: LightClientBootstrap,
): LightClientStore {
  validateBootstrap(network, trustedBlockRoot, bootstrap)
  return {
    finalizedHeader: bootstrap.header,
    currentSyncCommittee: bootstrap.currentSyncCommittee,
    nextSyncCommittee: undefined,
    bestValidUpdate: undefined,
    optimisticHeader: bootstrap.header,
    previousMaxActiveParticipants: 0,
    currentMaxActiveParticipants: 0,
  }
}

/** Whether the bootstrap is of the trusted block and proves its committee. @throws {InvalidBootstrapError} */
export function validateBootstrap(network: Network, trustedBlockRoot: Root, bootstrap: LightClientBootstrap): void {
  const { header, currentSyncCommittee, currentSyncCommitteeBranch } = bootstrap
  const { slot } = header.beacon
  const root = BeaconBlockHeaderType.hashTreeRoot(header.beacon)
  if (!byteArrayEquals(root, trustedBlockRoot)) {
    const trusted = bytesToHex(trustedBlockRoot)
    throw new InvalidBootstrapError({ code: 'otherRoot', trusted, came: bytesToHex(root), slot })
  }
  if (!isValidLightClientHeader(network, header)) {
    throw new InvalidBootstrapError({ code: 'badBranch', branch: 'execution', slot })
  }
  const leaf = lightClientTypes(network.preset).syncCommittee.hashTreeRoot(currentSyncCommittee)
  const gindex = stateGindicesAtSlot(network, slot).currentSyncCommittee
  if (!isValidNormalizedMerkleBranch(leaf, currentSyncCommitteeBranch, gindex, header.beacon.stateRoot)) {
    throw new InvalidBootstrapError({ code: 'badBranch', branch: 'current sync committee', slot })
  }
}
