/** The heads since the page began to follow, newest first: what a visitor watches going by. */
import type { FollowedHead, LightStatus } from '../../client/public-types.ts'
import { MAX_RECENT_HEADS } from '../limits.ts'

/**
 * With the head of a status, where it is one to go by: each block once, with what is known of it last (from Gloas on its
 * number comes after it).
 */
export function withHeadOf(recent: readonly FollowedHead[], light: LightStatus | undefined): readonly FollowedHead[] {
  const head = light?.optimistic
  if (head === undefined || light?.stage.kind === 'disputed') return recent
  const others = recent.filter(({ blockRoot }) => blockRoot !== head.blockRoot)
  const isKnown = others.length < recent.length
  if (
    isKnown &&
    isSame(
      recent.find(({ blockRoot }) => blockRoot === head.blockRoot),
      head,
    )
  )
    return recent
  return [head, ...others].sort((a, b) => b.slot - a.slot).slice(0, MAX_RECENT_HEADS)
}

function isSame(a: FollowedHead | undefined, b: FollowedHead): boolean {
  return (
    a?.execution?.hash === b.execution?.hash && a?.execution?.number === b.execution?.number && a?.signers === b.signers
  )
}
