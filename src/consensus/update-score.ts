/** How good an update is, as a value: what servers announce of theirs and what replaces what is decided by it. */
import type { BeaconPreset } from '../chain/beacon-preset.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import { participants } from './containers/light-client-objects.ts'
import { isSupermajority } from './supermajority.ts'

export interface UpdateScore {
  readonly signers: number
  readonly hasSupermajority: boolean
  /** Has the next committee, signed by the committee of the same period. */
  readonly teachesCommittee: boolean
  /** Whether a header is finalized, and in which period beside the attested header's. */
  readonly finality: 'none' | 'ofEarlierPeriod' | 'ofSamePeriod'
  readonly attestedSlot: number
  readonly signatureSlot: number
}

export function scoreOf(preset: BeaconPreset, update: LightClientUpdate): UpdateScore {
  const { signatureSlot } = update
  const attestedSlot = update.attestedHeader.beacon.slot
  const period = periodAtSlot(preset, attestedSlot)
  const signers = participants(update)
  return {
    signers,
    hasSupermajority: isSupermajority(preset, signers),
    teachesCommittee: update.nextSyncCommittee !== undefined && period === periodAtSlot(preset, signatureSlot),
    finality: finalityOf(preset, update, period),
    attestedSlot,
    signatureSlot,
  }
}

/** is_better_update (consensus-specs, sync protocol). Nothing is better than its equal. */
export function isBetterScore(candidate: UpdateScore, known: UpdateScore): boolean {
  const theirs = inOrder(known)
  for (const [i, value] of inOrder(candidate).entries()) {
    const other = theirs[i] ?? value
    if (value !== other) return value > other
  }
  return false
}

function finalityOf(preset: BeaconPreset, { finality }: LightClientUpdate, period: number): UpdateScore['finality'] {
  if (finality === undefined) return 'none'
  return periodAtSlot(preset, finality.header.beacon.slot) === period ? 'ofSamePeriod' : 'ofEarlierPeriod'
}

/** What scores are compared by, most important first; of each pair the higher is better. */
function inOrder(score: UpdateScore): number[] {
  return [
    Number(score.hasSupermajority),
    score.hasSupermajority ? 0 : score.signers,
    Number(score.teachesCommittee),
    Number(score.finality !== 'none'),
    Number(score.finality === 'ofSamePeriod'),
    score.signers,
    // Older data is known to more servers, so later fetches agree more often.
    -score.attestedSlot,
    -score.signatureSlot,
  ]
}
