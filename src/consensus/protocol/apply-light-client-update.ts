/** apply_light_client_update (consensus-specs, sync protocol). */
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { LightClientHeader, LightClientUpdate } from '../containers/light-client-objects.ts'
import { InvalidUpdateError } from './light-client-error.ts'
import type { LightClientStore } from './light-client-store.ts'

/**
 * @param update a valid one
 * @param finalizedHeader the header it finalizes; a forced update names its attested header
 * @throws {InvalidUpdateError} where the specification asserts: the first update after a bootstrap is of its period
 */
export function applyLightClientUpdate(
  preset: BeaconPreset,
  store: LightClientStore,
  update: LightClientUpdate,
  finalizedHeader: LightClientHeader,
): LightClientStore {
  const storePeriod = periodAtSlot(preset, store.finalizedHeader.beacon.slot)
  const finalizedPeriod = periodAtSlot(preset, finalizedHeader.beacon.slot)
  const rotated = rotate(store, storePeriod, update, finalizedPeriod)
  if (finalizedHeader.beacon.slot <= store.finalizedHeader.beacon.slot) return rotated
  const passes = finalizedHeader.beacon.slot > store.optimisticHeader.beacon.slot
  return { ...rotated, finalizedHeader, optimisticHeader: passes ? finalizedHeader : store.optimisticHeader }
}

function rotate(
  store: LightClientStore,
  storePeriod: number,
  update: LightClientUpdate,
  finalizedPeriod: number,
): LightClientStore {
  if (store.nextSyncCommittee === undefined) {
    if (finalizedPeriod !== storePeriod) {
      throw new InvalidUpdateError({ code: 'wrongPeriod', period: finalizedPeriod, expected: [storePeriod] })
    }
    return { ...store, nextSyncCommittee: update.nextSyncCommittee?.committee }
  }
  if (finalizedPeriod !== storePeriod + 1) return store
  return {
    ...store,
    currentSyncCommittee: store.nextSyncCommittee,
    nextSyncCommittee: update.nextSyncCommittee?.committee,
    previousMaxActiveParticipants: store.currentMaxActiveParticipants,
    currentMaxActiveParticipants: 0,
  }
}
