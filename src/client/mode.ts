/** Whether blocks are executed now: what is wanted, and what of the page's and the servers' state speaks against it. */

/** What a user may want. `full`: as `beam`, and state that no block reads is filled in besides. */
export const MODES = ['light', 'beam', 'full'] as const
export type Mode = (typeof MODES)[number]

/** What is done. This version fills in no state: it is never `full`. */
export type ModeNow = Exclude<Mode, 'full'>

/** Why blocks are not executed though they are to be, in the order in which they are told. */
export type PauseCause =
  /** Another tab of this origin leads: it executes them. */
  | 'not-leading'
  /** The user asked the browser to save data. */
  | 'data-saver'
  /** The connection is paid for by what goes over it. */
  | 'metered'
  /** All servers of state have been refusing requests as too many. */
  | 'rate-limited'
  /** The tab has been in the background for a while. */
  | 'hidden'

/** Why it is less than is wanted. `no-backfill`: blocks are executed, and nothing fills in the state that none of them reads. */
export type ModeCause = PauseCause | 'no-backfill'

/** What can be ruled out as a cause: a tab that does not lead has no store to execute on. */
export type AvoidableCause = Exclude<PauseCause, 'not-leading'>

export interface ModeStatus {
  readonly wanted: Mode
  readonly now: ModeNow
  /** Undefined where it is as wanted. */
  readonly cause: ModeCause | undefined
  /** The cause in words; one sentence without its full stop. */
  readonly reason: string | undefined
  /** ms since 1970 at which it is tried again; undefined where it is as wanted, or goes on when the cause is gone. */
  readonly retryAt: number | undefined
}

export interface ModeFacts {
  readonly wanted: Mode
  readonly isLeading: boolean
  readonly savesData: boolean
  readonly isMetered: boolean
  /** Since when the tab has been in the background; ms since 1970. */
  readonly hiddenSince: number | undefined
  /** Until when servers are left alone that refused; ms since 1970. */
  readonly limitedUntil: number | undefined
  /** What is gone on in spite of. */
  readonly despite: ReadonlySet<AvoidableCause>
}

/**
 * ms in the background before a tab stops executing. Who looks something up in another tab comes back to a head without a
 * gap; browsers slow timers of hidden tabs down to one a minute after five, and far fewer blocks are missed until then
 * than {@link MAX_LAG} in `sync/import`.
 */
export const HIDDEN_GRACE_MS = 60_000

/** Pure. The same facts a moment later may come to something else: see {@link nextChange}. */
export function decideMode(facts: ModeFacts, now: number): ModeStatus {
  const { wanted, limitedUntil } = facts
  const pause = wanted === 'light' ? undefined : causeOf(facts, now)
  if (pause !== undefined) {
    const retryAt = pause === 'rate-limited' ? limitedUntil : undefined
    return { wanted, now: 'light', cause: pause, reason: REASONS[pause], retryAt }
  }
  if (wanted !== 'full') return { wanted, now: wanted, cause: undefined, reason: undefined, retryAt: undefined }
  return { wanted, now: 'beam', cause: 'no-backfill', reason: REASONS['no-backfill'], retryAt: undefined }
}

/** ms until {@link decideMode} may come to something else by the passing of time alone. */
export function nextChange({ hiddenSince, limitedUntil }: ModeFacts, now: number): number | undefined {
  const moments = [hiddenSince === undefined ? undefined : hiddenSince + HIDDEN_GRACE_MS, limitedUntil]
  const coming = moments.filter((at): at is number => at !== undefined && at > now)
  return coming.length === 0 ? undefined : Math.min(...coming) - now
}

function causeOf(facts: ModeFacts, now: number): PauseCause | undefined {
  const { isLeading, savesData, isMetered, hiddenSince, limitedUntil, despite } = facts
  if (!isLeading) return 'not-leading'
  const causes: readonly (readonly [AvoidableCause, boolean])[] = [
    ['data-saver', savesData],
    ['metered', isMetered],
    ['rate-limited', limitedUntil !== undefined && now < limitedUntil],
    ['hidden', hiddenSince !== undefined && now >= hiddenSince + HIDDEN_GRACE_MS],
  ]
  return causes.find(([cause, holds]) => holds && !despite.has(cause))?.[0]
}

const REASONS: Readonly<Record<ModeCause, string>> = {
  'not-leading': 'another tab of this site executes the blocks',
  'data-saver': 'the browser is asked to save data',
  metered: 'the connection is metered',
  'rate-limited': 'all servers of state refuse more requests',
  hidden: 'the tab is in the background',
  'no-backfill': 'blocks are executed; state that no block reads is not filled in by this version',
}
