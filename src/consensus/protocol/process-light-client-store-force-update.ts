/** process_light_client_store_force_update (consensus-specs, sync protocol). */
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import { applyLightClientUpdate } from './apply-light-client-update.ts'
import type { LightClientStore } from './light-client-store.ts'

/** After a period without finality, takes the best update seen as if what it attests were finalized. Weakens security. */
export function processLightClientStoreForceUpdate(
  preset: BeaconPreset,
  store: LightClientStore,
  currentSlot: number,
): LightClientStore {
  const best = store.bestValidUpdate
  const finalizedSlot = store.finalizedHeader.beacon.slot
  if (best === undefined || currentSlot <= finalizedSlot + preset.updateTimeout) return store
  const finalizes = best.finality !== undefined && best.finality.header.beacon.slot > finalizedSlot
  const header = finalizes ? best.finality.header : best.attestedHeader
  return { ...applyLightClientUpdate(preset, store, best, header), bestValidUpdate: undefined }
}
