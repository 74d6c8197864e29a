/** What the page knows of executed blocks, and how each event changes it. Pure, a part of the page's state. */
import type { BeamtabStatus, BlockTrace, Hex } from '../../client/public-types.ts'
import type { ClientState } from '../client-state.ts'
import { MAX_FEED_BLOCKS } from '../limits.ts'

export type FedBlock = NonNullable<BeamtabStatus['beam']>['blocks']['blocks'][number]

export interface BeamState {
  /** Newest first, at most {@link MAX_FEED_BLOCKS}: what the client tells now, and what it said before it paused. */
  readonly feed: readonly FedBlock[]
  /** The block that the visitor opened. */
  readonly opened: OpenedBlock | undefined
}

export interface OpenedBlock {
  readonly hash: Hex
  /** Undefined until it has come, and where the client does not remember. */
  readonly trace: BlockTrace | undefined
}

export type BeamEvent =
  | { readonly type: 'block-opened'; readonly hash: Hex }
  | { readonly type: 'block-closed' }
  | { readonly type: 'block-traced'; readonly hash: Hex; readonly trace: BlockTrace | undefined }

export const NOTHING_EXECUTED: BeamState = { feed: [], opened: undefined }

export function reduceBeam(state: BeamState, event: BeamEvent): BeamState {
  switch (event.type) {
    case 'block-opened':
      return { ...state, opened: { hash: event.hash, trace: undefined } }
    case 'block-closed':
      return { ...state, opened: undefined }
    case 'block-traced':
      // Once the client has forgotten, what it said is as good as it was.
      if (state.opened?.hash !== event.hash || event.trace === undefined) return state
      return { ...state, opened: { hash: event.hash, trace: event.trace } }
  }
}

/** Another client begins with nothing; one that pauses leaves what it has done. */
export function onClient(state: BeamState, client: ClientState): BeamState {
  if (client.kind !== 'ready') return state.feed.length === 0 ? state : { ...state, feed: [] }
  const { beam, mode } = client.status
  if (mode.wanted === 'light') return state.feed.length === 0 ? state : NOTHING_EXECUTED
  const told = beam?.blocks.blocks ?? []
  const known = new Set(told.map(({ hash }) => hash))
  const before = state.feed.filter((block) => !known.has(block.hash) && isDone(block))
  const feed = [...told, ...before].sort((a, b) => b.number - a.number).slice(0, MAX_FEED_BLOCKS)
  return { ...state, feed }
}

/** What was under way when the client paused is begun anew. */
function isDone({ state }: FedBlock): boolean {
  return state === 'verified' || state === 'invalid' || state === 'disputed' || state === 'skipped'
}
