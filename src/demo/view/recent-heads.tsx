/** The heads that went by, newest first. */
import type { FollowedHead } from '../../client/public-types.ts'
import type { SlotTimes } from '../follow/age.ts'
import { formatInteger } from '../format.ts'
import { CopyHash } from './copy-hash.tsx'
import { SlotAge } from './slot-age.tsx'

interface RecentHeadsProps {
  readonly heads: readonly FollowedHead[]
  readonly times: SlotTimes
}

export function RecentHeads({ heads, times }: RecentHeadsProps) {
  if (heads.length === 0) return null
  return (
    <details class="recent-heads" open>
      <summary>Heads since this page began to follow</summary>
      <ol aria-label="Heads since this page began to follow">
        {heads.map((head) => (
          <RecentHead key={head.blockRoot} head={head} times={times} />
        ))}
      </ol>
    </details>
  )
}

function RecentHead({ head, times }: { readonly head: FollowedHead; readonly times: SlotTimes }) {
  const { slot, execution, signers, committeeSize } = head
  return (
    <li>
      <span class="recent-slot">
        slot <strong>{formatInteger(slot)}</strong>
      </span>
      <span class="recent-block">
        {execution?.number !== undefined && <span class="execution-number">{execution.number}</span>}
        {execution !== undefined && (
          <CopyHash value={execution.hash} what={`execution block hash, slot ${formatInteger(slot)}`} />
        )}
      </span>
      <span class="recent-signers">
        {formatInteger(signers)} of {formatInteger(committeeSize)} signed
      </span>
      <span class="recent-age">
        <SlotAge slot={slot} times={times} />
      </span>
    </li>
  )
}
