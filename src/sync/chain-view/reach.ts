/** How far back each kind of answer reaches: what can be proven at all, and what servers say that they keep. */
import { MAX_BLOCKS } from '../../state/store/limits.ts'
import type { CapabilityWindow } from '../../network/request-server.ts'
import type { AskKind } from '../state-fetch/state-server.ts'

export interface ReachParts {
  readonly head: number
  /** Number of the oldest block that can be proven. */
  readonly oldestProvable: number
  readonly windows: (kind: AskKind) => readonly CapabilityWindow[]
  /** Blocks that were executed here; undefined where none was. */
  readonly executed: { readonly first: number; readonly newest: number } | undefined
}

/** Numbers of the oldest blocks; undefined: there is nobody to have it from. */
export interface Reach {
  readonly blocks: number | undefined
  readonly receipts: number | undefined
  readonly state: number | undefined
}

export function reachOf({ head, oldestProvable, windows, executed }: ReachParts): Reach {
  const kept = executed && Math.max(executed.first, executed.newest - MAX_BLOCKS + 1)
  const oldest = (...kinds: readonly AskKind[]): number | undefined => {
    const starts = kinds.flatMap((kind) => windows(kind)).map((window) => startOf(window, head))
    if (kept !== undefined) starts.push(kept)
    return starts.length === 0 ? undefined : Math.min(head, Math.max(oldestProvable, Math.min(...starts)))
  }
  return { blocks: oldest('block'), receipts: oldest('receipts'), state: oldest('proofs', 'paths') }
}

function startOf(window: CapabilityWindow, head: number): number {
  switch (window.kind) {
    case 'all':
      return 0
    case 'since':
      return window.first
    case 'latest':
      return Math.max(0, head - window.count + 1)
  }
}
