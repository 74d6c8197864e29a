/** How a block came to be verified, as rows over time: what was waited for, what was computed, and when. */
import type { BlockTrace } from '../../client/public-types.ts'
import { formatBytes, formatCount, formatInteger, formatMilliseconds } from '../format.ts'
import { MAX_WATERFALL_ROWS } from '../limits.ts'
import type { FedBlock } from './beam-state.ts'

export interface Waterfall {
  readonly rows: readonly WaterfallRow[]
  /** ms from the first row's begin to the last one's end. */
  readonly totalMs: number
  /** Requests that no row tells of. */
  readonly untold: number
}

export interface WaterfallRow {
  /** What it is drawn as. */
  readonly kind: 'network' | 'waiting' | 'computing' | 'storing'
  readonly label: string
  /** What the label leaves open. */
  readonly detail: string | undefined
  /** ms since the block was announced. */
  readonly startMs: number
  readonly ms: number
  /** Still going on. */
  readonly isOpen: boolean
  /** Shares of the whole width, in 0 to 1. */
  readonly offset: number
  readonly width: number
}

type Bar = Pick<WaterfallRow, 'kind' | 'label' | 'detail'> & {
  readonly start: number
  readonly end: number | undefined
}
type Requests = BlockTrace['requests']

/** @param now ms since 1970, where what is under way ends for now */
export function waterfall(block: FedBlock, trace: BlockTrace | undefined, now: number): Waterfall {
  const origin = block.times.announced
  const bars = [...stageBars(block, trace), ...roundBars(trace?.requests ?? [])].sort((a, b) => a.start - b.start)
  const shown = fitting(bars)
  const end = Math.max(origin, ...shown.map(({ start, end }) => end ?? Math.max(start, now)))
  const totalMs = end - origin
  const share = (ms: number): number => (totalMs === 0 ? 0 : Math.min(1, Math.max(0, ms / totalMs)))
  const rows = shown.map(({ kind, label, detail, start, end }): WaterfallRow => {
    const startMs = start - origin
    const ms = (end ?? Math.max(start, now)) - start
    return { kind, label, detail, startMs, ms, isOpen: end === undefined, offset: share(startMs), width: share(ms) }
  })
  return { rows, totalMs, untold: trace?.untold ?? 0 }
}

function stageBars({ times, executed, record, state }: FedBlock, trace: BlockTrace | undefined): Bar[] {
  const { announced, fetched, started, ended } = times
  const bars: Bar[] = []
  // The head's own body comes with the search for where it belongs, before it has a place here.
  if (fetched !== announced)
    bars.push({ kind: 'network', label: 'Body', detail: 'fetched and decoded', start: announced, end: fetched })
  if (fetched !== undefined && (started ?? Infinity) > fetched && (started !== undefined || state === 'pending'))
    bars.push({ kind: 'waiting', label: 'Waiting', detail: 'for its parent to be done', start: fetched, end: started })
  const begun = trace?.moments.findLast(({ what }) => what === 'executing')?.at ?? started
  if (begun === undefined) return bars
  const rootMs = executed?.ms.root ?? 0
  const executedAt = ended === undefined ? undefined : Math.max(begun, ended - rootMs)
  const detail = executed && `${formatCount(executed.transactions, 'transaction')}, ${adoption(executed)}`
  bars.push({ kind: 'computing', label: 'Execution', detail, start: begun, end: executedAt })
  if (ended === undefined || executedAt === undefined) return bars
  if (executed !== undefined)
    bars.push({ kind: 'computing', label: 'State root', detail: undefined, start: executedAt, end: ended })
  const kept = trace?.moments.find(({ what }) => what === 'kept')?.at
  if (kept !== undefined || record.kind === 'writing')
    bars.push({ kind: 'storing', label: 'Record', detail: 'into the store', start: ended, end: kept })
  return bars
}

function adoption({ adopted }: NonNullable<FedBlock['executed']>): string {
  return adopted === 0 ? 'in order' : `${formatInteger(adopted)} adopted`
}

/** Requests of one kind that were under way together are one row. */
function roundBars(requests: Requests): Bar[] {
  const rounds = new Map<string, Requests[number][]>()
  for (const request of requests) {
    const key = `${request.fetch} ${request.trip} ${request.kind}`
    const round = rounds.get(key)
    if (round === undefined) rounds.set(key, [request])
    else round.push(request)
  }
  return Array.from(rounds.values(), roundBar)
}

function roundBar(requests: Requests): Bar {
  const items = requests.reduce((sum, request) => sum + request.items, 0)
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0)
  const servers = new Set(requests.map(({ server }) => server)).size
  const [first] = requests
  const end = latestOf(requests.map((request) => request.end))
  const parts = [
    formatCount(requests.length, 'request'),
    ...(servers > 1 ? [`to ${formatCount(servers, 'server')}`] : []),
    ...(items > 1 ? [`for ${formatInteger(items)}`] : []),
    bytes === 0 && end !== undefined ? 'brought nothing' : formatBytes(bytes),
  ]
  return {
    kind: 'network',
    label: KINDS[first?.kind ?? ''] ?? first?.kind ?? '',
    detail: parts.join(', '),
    start: Math.min(...requests.map(({ start }) => start)),
    end,
  }
}

/** All rows, or as many as fit and one for the last of the rounds. */
function fitting(bars: readonly Bar[]): readonly Bar[] {
  const over = bars.length - MAX_WATERFALL_ROWS
  if (over <= 0) return bars
  const rest = bars.filter(({ kind }) => kind === 'network').slice(-(over + 1))
  const ends = rest.map(({ end }) => end)
  const row: Bar = {
    kind: 'network',
    label: formatCount(rest.length, 'more round'),
    detail: undefined,
    start: Math.min(...rest.map(({ start }) => start)),
    end: latestOf(ends),
  }
  return [...bars.filter((bar) => !rest.includes(bar)), row].sort((a, b) => a.start - b.start)
}

/** Undefined where one has not ended. */
function latestOf(ends: readonly (number | undefined)[]): number | undefined {
  const known = ends.filter((end) => end !== undefined)
  return known.length < ends.length ? undefined : Math.max(...known)
}

/** Offsets as people read them: `+12 ms`. */
export function startText({ startMs }: WaterfallRow): string {
  return `+${formatMilliseconds(startMs)} ms`
}

const KINDS: Readonly<Record<string, string>> = {
  accessList: 'Block access list',
  witness: 'Witness',
  metadata: 'Witness metadata',
  callKeys: 'Hints',
  tracedKeys: 'Hints',
  paths: 'Paths',
  proofs: 'Proofs',
  accountCodes: 'Code',
  nodes: 'Nodes',
  codes: 'Code',
  headers: 'Headers',
}
