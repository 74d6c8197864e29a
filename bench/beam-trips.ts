/** What a block's round trips were spent on, from when its requests were under way. */
import type { BlockTrace } from '../src/sync/beam/block-traces.ts'

export interface TripSpending {
  /** By what was asked: in how many trips, by how many requests, for how many things, and how long a request took. */
  readonly asked: Readonly<Record<string, { trips: number; requests: number; items: number; meanMs: number }>>
  /** Trips that asked for {@link THIN} things or fewer, all requests together: links of a chain of dependent reads. */
  readonly thin: number
}

const THIN = 3

export function tripSpending({ requests }: Pick<BlockTrace, 'requests'>): TripSpending {
  const byKind = grouped(requests, ({ kind }) => kind)
  const asked = [...byKind].map(([kind, spans]) => {
    const ms = spans.reduce((sum, { start, end }) => sum + (end ?? start) - start, 0)
    const counts = { trips: tripsOf(spans).size, requests: spans.length, items: itemsOf(spans) }
    return [kind, { ...counts, meanMs: Math.round(ms / spans.length) }] as const
  })
  const thin = [...tripsOf(requests).values()].filter((spans) => itemsOf(spans) <= THIN).length
  return { asked: Object.fromEntries(asked), thin }
}

type Spans = BlockTrace['requests']

const tripsOf = (spans: Spans) => grouped(spans, ({ fetch, trip }) => `${fetch} ${trip}`)
function grouped(spans: Spans, nameOf: (span: Spans[number]) => string): ReadonlyMap<string, Spans> {
  const groups = new Map<string, Spans[number][]>()
  for (const span of spans) {
    const group = groups.get(nameOf(span)) ?? []
    groups.set(nameOf(span), group)
    group.push(span)
  }
  return groups
}

const itemsOf = (spans: Spans): number => spans.reduce((sum, { items }) => sum + items, 0)
