/** The block that the visitor opened: its trace is asked for when it is opened, and again as it goes on. */
import type { Hex } from '../../client/public-types.ts'
import type { ClientHolder } from '../client-holder.ts'
import type { PageEvent, PageState } from '../page-state.ts'
import type { FedBlock } from './beam-state.ts'

export interface BeamModel {
  /** Opens a block in place of the one before, or closes it. */
  toggleBlock(hash: Hex): void
  /** The state is another: what was opened may have gone on. */
  refresh(): void
}

export interface BeamSurroundings {
  readonly holder: Pick<ClientHolder, 'blockTrace'>
  readonly state: () => PageState
  readonly emit: (event: PageEvent) => void
}

/** Always: one trace is asked for at a time. */
export function createBeamModel({ holder, state, emit }: BeamSurroundings): BeamModel {
  /** As it was when its trace was asked for last. */
  let seen: FedBlock | undefined
  let isAsking = false
  return { toggleBlock, refresh }

  function toggleBlock(hash: Hex): void {
    seen = undefined
    emit(state().beam.opened?.hash === hash ? { type: 'block-closed' } : { type: 'block-opened', hash })
    refresh()
  }

  function refresh(): void {
    const { opened, feed } = state().beam
    const block = feed.find(({ hash }) => hash === opened?.hash)
    if (isAsking || block === undefined || (seen !== undefined && isSame(block, seen))) return
    seen = block
    isAsking = true
    const { hash } = block
    holder
      .blockTrace(hash)
      // Without a trace the figures of the feed are all there is; why a client cannot answer is told as its state.
      .catch(() => undefined)
      .then((trace) => {
        isAsking = false
        emit({ type: 'block-traced', hash, trace })
        refresh()
      })
      .catch(() => undefined)
  }
}

/** Whether there is nothing to be drawn anew. The feed's entries are other objects with each status. */
function isSame(a: FedBlock, b: FedBlock): boolean {
  return (
    a.hash === b.hash &&
    a.state === b.state &&
    a.record.kind === b.record.kind &&
    a.costs.requests === b.costs.requests &&
    a.costs.bytes === b.costs.bytes
  )
}
