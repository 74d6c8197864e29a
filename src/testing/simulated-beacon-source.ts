/** What beacon nodes of a simulated network hold: true chains, rival chains, views that lag, and lies told about them. */
import type { LightClientUpdate } from '../consensus/containers/light-client-objects.ts'
import type { AnnouncedHead } from '../consensus/head-tracker.ts'
import type { RequestKind, RequestOf, ResponseOf } from '../network/request-server.ts'

/** A node as data: what it answers depends on the newest slot it has seen, `seen`, and on nothing else. */
export interface BeaconSource {
  /** What it is asked for. */
  readonly kinds: readonly RequestKind[]
  /** Undefined: it has no such thing. */
  answer<K extends RequestKind>(kind: K, request: RequestOf<K>, seen: number): ResponseOf<K> | undefined
  /** The head it announces. */
  head(seen: number): AnnouncedHead | undefined
}

/** What a node has of each kind. */
export type Holdings = {
  readonly [K in RequestKind]?: (request: RequestOf<K>, seen: number) => ResponseOf<K> | undefined
}

export function sourceOf(holdings: Holdings, head: BeaconSource['head']): BeaconSource {
  return {
    kinds: Object.keys(holdings) as RequestKind[],
    answer: (kind, request, seen) => holdings[kind]?.(request, seen),
    head,
  }
}

/** The same node, but for some kinds. */
export function overriding(source: BeaconSource, other: Holdings): BeaconSource {
  return {
    kinds: [...new Set([...source.kinds, ...(Object.keys(other) as RequestKind[])])],
    answer: (kind, request, seen) => {
      const own = other[kind]
      return own === undefined ? source.answer(kind, request, seen) : own(request, seen)
    },
    head: (seen) => source.head(seen),
  }
}

/** A node that is always so many slots behind, and does not know. */
export const behind = (source: BeaconSource, slots: number): BeaconSource => ({
  kinds: source.kinds,
  answer: (kind, request, seen) => source.answer(kind, request, seen - slots),
  head: (seen) => source.head(seen - slots),
})

/** A node that from `slot` on finds another branch canonical. */
export function reorganised(before: BeaconSource, after: BeaconSource, slot: number): BeaconSource {
  const at = (seen: number) => (seen < slot ? before : after)
  return {
    kinds: before.kinds,
    answer: (kind, request, seen) => at(seen).answer(kind, request, seen),
    head: (seen) => at(seen).head(seen),
  }
}

/** A node that changes every update before it sends it, those of heads too. */
export function forging(source: BeaconSource, forge: (update: LightClientUpdate) => LightClientUpdate): BeaconSource {
  const forgeAny = (update: LightClientUpdate | undefined) => update && forge(update)
  return overriding(source, {
    updates: (request, seen) =>
      source
        .answer('updates', request, seen)
        ?.map((decoded) => (decoded.kind === 'update' ? { kind: 'update', update: forge(decoded.update) } : decoded)),
    finalityUpdate: (request, seen) => forgeAny(source.answer('finalityUpdate', request, seen)),
    optimisticUpdate: (request, seen) => forgeAny(source.answer('optimisticUpdate', request, seen)),
  })
}

/** A node that answers with the updates of other periods than asked. */
export const shifted = (source: BeaconSource, periods: number): BeaconSource =>
  overriding(source, {
    updates: ({ startPeriod, count }, seen) =>
      source.answer('updates', { startPeriod: startPeriod + periods, count }, seen),
  })
