/**
 * process_light_client_update (consensus-specs, sync protocol). Finality and optimistic updates go the same way:
 * process_light_client_finality_update and process_light_client_optimistic_update only fill the missing parts.
 */
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { LightClientUpdate } from '../containers/light-client-objects.ts'
import { participants } from '../containers/light-client-objects.ts'
import { isSupermajority } from '../supermajority.ts'
import { applyLightClientUpdate } from './apply-light-client-update.ts'
import { isBetterUpdate } from './is-better-update.ts'
import type { LightClientContext, LightClientStore } from './light-client-store.ts'
import { validateLightClientUpdate } from './validate-light-client-update.ts'

/** The store after a valid update. @throws {InvalidUpdateError} and the store given stays as it was */
export function processLightClientUpdate(
  context: LightClientContext,
  store: LightClientStore,
  update: LightClientUpdate,
): LightClientStore {
  const { preset } = context.network
  validateLightClientUpdate(context, store, update)
  const signers = participants(update)
  const attested = update.attestedHeader
  const isBest = store.bestValidUpdate === undefined || isBetterUpdate(preset, update, store.bestValidUpdate)
  const currentMaxActiveParticipants = Math.max(store.currentMaxActiveParticipants, signers)
  const safetyThreshold = Math.floor(Math.max(store.previousMaxActiveParticipants, currentMaxActiveParticipants) / 2)
  const isNewHead = signers > safetyThreshold && attested.beacon.slot > store.optimisticHeader.beacon.slot
  const seen: LightClientStore = {
    ...store,
    bestValidUpdate: isBest ? update : store.bestValidUpdate,
    currentMaxActiveParticipants,
    optimisticHeader: isNewHead ? attested : store.optimisticHeader,
  }

  const { finality } = update
  // Without finality the specification compares the default header's slot, 0, which never passes.
  if (finality === undefined || !isSupermajority(preset, signers)) return seen
  const teachesFinalizedNext =
    store.nextSyncCommittee === undefined &&
    update.nextSyncCommittee !== undefined &&
    periodAtSlot(preset, finality.header.beacon.slot) === periodAtSlot(preset, attested.beacon.slot)
  if (finality.header.beacon.slot <= store.finalizedHeader.beacon.slot && !teachesFinalizedNext) return seen
  return { ...applyLightClientUpdate(preset, seen, update, finality.header), bestValidUpdate: undefined }
}
