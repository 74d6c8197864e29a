/** When servers of state that refuse everything as too much are left alone altogether, and for how long. */
import type { BeamStatus } from '../sync/beam/beam-status.ts'

/**
 * ms for which every server has to have refused everything. A pause that one asked for after a burst is over within seconds
 * and only delays a block; whoever still refuses after two slots and more has had enough of us for longer.
 */
export const LIMITED_PATIENCE_MS = 30_000

/** ms that they are left alone, doubled as long as no block is verified in between: limits count minutes, some hours. */
export const REST_MIN_MS = 60_000
export const REST_MAX_MS = 3_600_000

export type LimitView =
  | { readonly kind: 'fine' }
  /** All refuse now; if they still do then, that is for longer. ms since 1970. */
  | { readonly kind: 'patience'; readonly until: number }
  /** Nothing is to be executed until then. */
  | { readonly kind: 'rest'; readonly until: number }

/** Always: a rest is {@link REST_MIN_MS} to {@link REST_MAX_MS} long. */
export class RateLimits {
  private restMs = REST_MIN_MS

  see({ servers, blocks }: BeamStatus, now: number): LimitView {
    if (blocks.totals.verified > 0) this.restMs = REST_MIN_MS
    const since = limitedSince(servers)
    if (since === undefined) return { kind: 'fine' }
    if (now < since + LIMITED_PATIENCE_MS) return { kind: 'patience', until: since + LIMITED_PATIENCE_MS }
    const until = now + this.restMs
    this.restMs = Math.min(REST_MAX_MS, this.restMs * 2)
    return { kind: 'rest', until }
  }
}

/** Since when all servers that are of any use have been refusing; undefined where one does not, or none is known. */
function limitedSince(servers: BeamStatus['servers']): number | undefined {
  const times = servers.flatMap((server) => (server.state === 'ready' ? [server.busySince] : []))
  const refused = times.filter((since) => since !== undefined)
  return refused.length === 0 || refused.length < times.length ? undefined : Math.max(...refused)
}
