/** What the page knows, and how each event changes it. Pure: the view is drawn from the state, effects only send events. */
import type { BlockReport, BlockStage, KeptBlock, LightClientReport, UpdateRow } from '../client/public-types.ts'
import { announceBeam } from './beam/beam-announcement.ts'
import { NOTHING_EXECUTED, onClient, reduceBeam, type BeamEvent, type BeamState } from './beam/beam-state.ts'
import { lightOf, type ClientState } from './client-state.ts'
import type { Listing } from './data-listing.ts'
import {
  NOT_FOLLOWING,
  onNetwork,
  onStatus,
  reduceFollow,
  type FollowEvent,
  type FollowState,
} from './follow/follow-state.ts'
import { announceFollow } from './follow/follow-announcement.ts'
import type { NetworkFile } from './follow/network-file.ts'
import { MAX_BLOCK_ROWS, MAX_CHAINS, MAX_REFUSALS, MAX_UPDATE_ROWS } from './limits.ts'
import { announceBlock, announceChain } from './announcement.ts'

export interface PageState {
  /** Its name; what it is, is in {@link FollowState.networkFile} unless it is built in. */
  readonly network: string
  readonly client: ClientState
  readonly follow: FollowState
  readonly beam: BeamState
  readonly listing: Listing
  /** As typed; what it means is decided where it is used. */
  readonly trustedRoot: string
  /** The latest batch first, in its own order within; at most {@link MAX_BLOCK_ROWS}. */
  readonly blocks: readonly BlockEntry[]
  /** The latest first; at most {@link MAX_CHAINS}. */
  readonly chains: readonly ChainEntry[]
  readonly kept: readonly KeptBlock[]
  /** Why files were not taken; of the latest batch. */
  readonly refusals: readonly string[]
  /** Jobs since the queue was last empty. */
  readonly batch: { readonly total: number; readonly done: number }
  /** Read aloud by assistive technology; says what happened last. */
  readonly announcement: string
}

export type JobId = number

export interface BlockEntry {
  readonly id: JobId
  /** File name, or the number of a kept block. */
  readonly name: string
  readonly origin: 'input' | 'store'
  readonly progress: JobProgress<{ readonly stage: BlockStage | 'starting' }, BlockReport>
}

export interface ChainEntry {
  readonly id: JobId
  readonly name: string
  readonly origin: 'input' | 'store'
  /** Of the client that works on it; light-client objects do not name theirs. */
  readonly network: string
  readonly progress: JobProgress<object, LightClientReport>
  /** As they are done; the last {@link MAX_UPDATE_ROWS}. */
  readonly updates: readonly UpdateRow[]
  readonly counts: { readonly accepted: number; readonly rejected: number }
}

export type JobProgress<Work, Report> =
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'working' } & Work)
  | { readonly kind: 'done'; readonly report: Report }
  | { readonly kind: 'cancelled' }
  /** The job gave no report: its input could not be read, or the client could not work. */
  | { readonly kind: 'failed'; readonly reason: string }

export type PageEvent =
  | { readonly type: 'client-changed'; readonly client: ClientState }
  | { readonly type: 'network-changed'; readonly network: string; readonly file: NetworkFile | undefined }
  | { readonly type: 'data-listed'; readonly listing: Listing }
  | { readonly type: 'trusted-root-typed'; readonly text: string }
  | { readonly type: 'kept-read'; readonly kept: readonly KeptBlock[] }
  | { readonly type: 'refused'; readonly reasons: readonly string[] }
  | { readonly type: 'blocks-queued'; readonly blocks: readonly Pick<BlockEntry, 'id' | 'name' | 'origin'>[] }
  | { readonly type: 'chain-queued'; readonly chain: Pick<ChainEntry, 'id' | 'name' | 'origin' | 'network'> }
  | { readonly type: 'block-stage'; readonly id: JobId; readonly stage: BlockStage | 'starting' }
  | { readonly type: 'block-done'; readonly id: JobId; readonly report: BlockReport }
  | { readonly type: 'chain-begun'; readonly id: JobId; readonly network: string }
  | { readonly type: 'update-done'; readonly id: JobId; readonly update: UpdateRow }
  | { readonly type: 'chain-done'; readonly id: JobId; readonly report: LightClientReport }
  | { readonly type: 'job-failed'; readonly id: JobId; readonly reason: string }
  | { readonly type: 'jobs-cancelled' }
  | { readonly type: 'results-cleared' }
  | FollowEvent
  | BeamEvent

/** @param home of the page's own server, see {@link FollowState.home} */
export function initialState(network: string, home?: string): PageState {
  return {
    network,
    client: { kind: 'starting' },
    follow: { ...NOT_FOLLOWING, home },
    beam: NOTHING_EXECUTED,
    listing: { kind: 'loading' },
    trustedRoot: '',
    blocks: [],
    chains: [],
    kept: [],
    refusals: [],
    batch: { total: 0, done: 0 },
    announcement: '',
  }
}

export function isBusy({ batch }: PageState): boolean {
  return batch.done < batch.total
}

export function reduce(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'client-changed':
      return withNews(
        {
          ...state,
          client: event.client,
          follow: onStatus(state.follow, lightOf(event.client)),
          beam: onClient(state.beam, event.client),
        },
        state,
      )
    case 'network-changed':
      return withNews(
        {
          ...state,
          network: event.network,
          client: { kind: 'starting' },
          follow: onNetwork(state.follow, event.file),
          beam: NOTHING_EXECUTED,
          kept: [],
        },
        state,
      )
    case 'settings-typed':
    case 'settings-read':
    case 'mode-set':
    case 'follow-begun':
    case 'follow-failed':
    case 'follow-stopped':
    case 'network-file-loading':
    case 'network-file-failed':
    case 'noticed':
      return withNews({ ...state, follow: reduceFollow(state.follow, event) }, state)
    case 'block-opened':
    case 'block-closed':
    case 'block-traced':
      return { ...state, beam: reduceBeam(state.beam, event) }
    case 'data-listed':
      return { ...state, listing: event.listing }
    case 'trusted-root-typed':
      return { ...state, trustedRoot: event.text }
    case 'kept-read':
      return { ...state, kept: event.kept }
    case 'refused':
      return { ...state, refusals: bounded(event.reasons), announcement: event.reasons[0] ?? state.announcement }
    case 'follow-refused':
      return {
        ...state,
        follow: reduceFollow(state.follow, event),
        announcement: 'Not followed: some settings are wrong, and say why.',
      }
    case 'blocks-queued': {
      if (event.blocks.length === 0) return state
      const added = event.blocks.map((block): BlockEntry => ({ ...block, progress: { kind: 'waiting' } }))
      return { ...enlarged(state, added.length), blocks: latest([...added, ...state.blocks], MAX_BLOCK_ROWS) }
    }
    case 'chain-queued': {
      const counts = { accepted: 0, rejected: 0 }
      const added: ChainEntry = { ...event.chain, progress: { kind: 'waiting' }, updates: [], counts }
      return { ...enlarged(state, 1), chains: latest([added, ...state.chains], MAX_CHAINS) }
    }
    case 'block-stage':
      return withBlock(state, event.id, { kind: 'working', stage: event.stage })
    case 'block-done':
      return finished(withBlock(state, event.id, { kind: 'done', report: event.report }), announceBlock(event.report))
    case 'chain-begun':
      return withChain(state, event.id, (chain) => ({
        ...chain,
        network: event.network,
        progress: { kind: 'working' },
        updates: [],
        counts: { accepted: 0, rejected: 0 },
      }))
    case 'update-done':
      return withChain(state, event.id, (chain) => withUpdate(chain, event.update))
    case 'chain-done':
      return finished(
        withChain(state, event.id, (chain) => withReport(chain, event.report)),
        announceChain(event.report),
      )
    case 'job-failed': {
      const progress = { kind: 'failed', reason: event.reason } as const
      const failed = withChain(withBlock(state, event.id, progress), event.id, (chain) => ({ ...chain, progress }))
      return finished(failed, event.reason)
    }
    case 'jobs-cancelled':
      return { ...cancelled(state), batch: { total: 0, done: 0 }, announcement: 'Cancelled.' }
    case 'results-cleared':
      return {
        ...state,
        blocks: state.blocks.filter(isPending),
        chains: state.chains.filter(isPending),
        refusals: [],
        announcement: 'Results cleared.',
      }
  }
}

/** Says what following came to, where that changed. */
function withNews(state: PageState, before: PageState): PageState {
  const news = announceBeam(before, state) ?? announceFollow(before, state)
  return news === undefined ? state : { ...state, announcement: news }
}

function isPending({ progress }: { readonly progress: { readonly kind: string } }): boolean {
  return progress.kind === 'waiting' || progress.kind === 'working'
}

/** The first `limit` entries, dropping finished ones from the end: what waits or works keeps its row. */
function latest<Entry extends BlockEntry | ChainEntry>(entries: readonly Entry[], limit: number): readonly Entry[] {
  const kept = [...entries]
  for (let i = kept.length - 1; i >= 0 && kept.length > limit; i--) {
    const entry = kept[i]
    if (entry !== undefined && !isPending(entry)) kept.splice(i, 1)
  }
  return kept
}

function bounded(reasons: readonly string[]): readonly string[] {
  if (reasons.length <= MAX_REFUSALS) return reasons
  return [...reasons.slice(0, MAX_REFUSALS), `… and ${reasons.length - MAX_REFUSALS} more.`]
}

/** A batch goes on as long as something waits; what comes after the last job ended begins a new one. */
function enlarged(state: PageState, jobs: number): PageState {
  const batch = isBusy(state) ? state.batch : { total: 0, done: 0 }
  return { ...state, batch: { ...batch, total: batch.total + jobs } }
}

function finished(state: PageState, news: string): PageState {
  const batch = { ...state.batch, done: Math.min(state.batch.done + 1, state.batch.total) }
  const left = batch.total - batch.done
  return { ...state, batch, announcement: left === 0 ? news : `${news} ${left} to go.` }
}

function withBlock(state: PageState, id: JobId, progress: BlockEntry['progress']): PageState {
  return { ...state, blocks: state.blocks.map((block) => (block.id === id ? { ...block, progress } : block)) }
}

function withChain(state: PageState, id: JobId, change: (chain: ChainEntry) => ChainEntry): PageState {
  return { ...state, chains: state.chains.map((chain) => (chain.id === id ? change(chain) : chain)) }
}

function withUpdate(chain: ChainEntry, update: UpdateRow): ChainEntry {
  const { accepted, rejected } = chain.counts
  const counts =
    update.outcome.kind === 'accepted' ? { accepted: accepted + 1, rejected } : { accepted, rejected: rejected + 1 }
  return { ...chain, counts, updates: [...chain.updates, update].slice(-MAX_UPDATE_ROWS) }
}

/** The report is what counts: its rows replace those shown while it was made. */
function withReport(chain: ChainEntry, report: LightClientReport): ChainEntry {
  const accepted = report.updates.filter(({ outcome }) => outcome.kind === 'accepted').length
  return {
    ...chain,
    // The rows live in one place, the entry; the report would keep all of them in memory.
    progress: { kind: 'done', report: { ...report, updates: [] } },
    updates: report.updates.slice(-MAX_UPDATE_ROWS),
    counts: { accepted, rejected: report.updates.length - accepted },
  }
}

function cancelled(state: PageState): PageState {
  const end = <Entry extends BlockEntry | ChainEntry>(entry: Entry): Entry =>
    isPending(entry) ? { ...entry, progress: { kind: 'cancelled' } } : entry
  return { ...state, blocks: state.blocks.map(end), chains: state.chains.map(end) }
}
