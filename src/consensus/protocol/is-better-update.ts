/** is_better_update (consensus-specs, sync protocol): which of two valid updates of a period to keep. */
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { LightClientUpdate } from '../containers/light-client-objects.ts'
import { participants } from '../containers/light-client-objects.ts'

/** Two thirds of the committee: with less, a minority of dishonest members could sign it. */
export const isSupermajority = (preset: BeaconPreset, signers: number): boolean =>
  signers * 3 >= preset.syncCommitteeSize * 2

/** What updates are compared by, most important first; of each pair the higher is better. */
function score(preset: BeaconPreset, update: LightClientUpdate): number[] {
  const attestedSlot = update.attestedHeader.beacon.slot
  const attestedPeriod = periodAtSlot(preset, attestedSlot)
  const signers = participants(update)
  const hasSupermajority = isSupermajority(preset, signers)
  const teaches =
    update.nextSyncCommittee !== undefined && attestedPeriod === periodAtSlot(preset, update.signatureSlot)
  const finalizedPeriod = update.finality && periodAtSlot(preset, update.finality.header.beacon.slot)
  return [
    Number(hasSupermajority),
    hasSupermajority ? 0 : signers,
    Number(teaches),
    Number(update.finality !== undefined),
    Number(finalizedPeriod === attestedPeriod),
    signers,
    // Older data is known to more servers, so later fetches agree more often.
    -attestedSlot,
    -update.signatureSlot,
  ]
}

export function isBetterUpdate(preset: BeaconPreset, candidate: LightClientUpdate, known: LightClientUpdate): boolean {
  const theirs = score(preset, known)
  for (const [i, value] of score(preset, candidate).entries()) {
    const other = theirs[i] ?? value
    if (value !== other) return value > other
  }
  return false
}
