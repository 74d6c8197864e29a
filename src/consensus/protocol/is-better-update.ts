/** is_better_update (consensus-specs, sync protocol): which of two valid updates of a period to keep. */
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import type { LightClientUpdate } from '../containers/light-client-objects.ts'
import { isBetterScore, scoreOf } from '../update-score.ts'

export const isBetterUpdate = (preset: BeaconPreset, candidate: LightClientUpdate, known: LightClientUpdate): boolean =>
  isBetterScore(scoreOf(preset, candidate), scoreOf(preset, known))
