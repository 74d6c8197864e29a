/** What assistive technology reads of following: a sentence when its state changes, and nothing per slot. */
import type { LightStage } from '../../client/public-types.ts'
import { clipped, formatInteger, sentence } from '../format.ts'
import { formatDuration } from './age.ts'
import { followPhase, type FollowPhase } from './follow-phase.ts'

type Followed = Parameters<typeof followPhase>[0]

/** Undefined when there is no news between the two. */
export function announceFollow(before: Followed, after: Followed): string | undefined {
  const [from, to] = [followPhase(before), followPhase(after)]
  const load = after.follow.networkLoad
  if (load.kind === 'failed' && before.follow.networkLoad.kind !== 'failed') {
    return sentence(`The network file was not taken: ${load.reason}`)
  }
  return isSameKind(from, to) ? undefined : newsOf(to)
}

function isSameKind(a: FollowPhase, b: FollowPhase): boolean {
  return a.kind === 'light' && b.kind === 'light' ? a.stage.kind === b.stage.kind : a.kind === b.kind
}

function newsOf(phase: FollowPhase): string | undefined {
  switch (phase.kind) {
    case 'off':
      return 'Nothing is followed.'
    case 'refused':
      return sentence(`Not followed: ${phase.reason}`)
    case 'loading-network':
      return 'Fetching the network file.'
    case 'light':
      return stageNews(phase.stage, phase.light.optimistic?.slot)
    // Over in a moment, or said by an alert of its own.
    case 'starting':
    case 'beginning':
    case 'failed':
      return undefined
  }
}

function stageNews(stage: LightStage, slot: number | undefined): string {
  switch (stage.kind) {
    case 'checkpoint':
      return 'Deciding on a checkpoint.'
    case 'committees':
      return 'Proving sync committees.'
    case 'awaiting-head':
      return 'Waiting for a head.'
    case 'following':
      return slot === undefined ? 'Following the head.' : `Following the head, at slot ${formatInteger(slot)}.`
    case 'stale':
      return `The head is stale: nothing newer for ${formatDuration(stage.ageSeconds)}.`
    case 'clock-behind':
      return 'This machine’s clock was set back: nothing newer can be proven until it is right.'
    case 'disputed':
      return sentence(`The chain is disputed: ${clipped(stage.what)}`)
  }
}
