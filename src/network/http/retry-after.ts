/** `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date. */
import { RETRY_AFTER_DEFAULT_MS } from './constants.ts'

/**
 * ms from now that a server asks to be left alone; {@link RETRY_AFTER_DEFAULT_MS} where it does not say, or not so that
 * it can be read. How long that may be at most is for the caller to say.
 * @param now by our clock, ms since 1970: a date is compared with the server's own where that can be read
 */
export function retryAfterMs(headers: Headers, now: number): number {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1_000
  // `Date.parse` takes `-5` for a month; a date of HTTP has names in it.
  const until = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  if (!Number.isFinite(until)) return RETRY_AFTER_DEFAULT_MS
  return Math.max(0, until - (serverTime(headers) ?? now))
}

/**
 * The clock of the server, ms since 1970, to the second; undefined where it does not say, where a browser hides it
 * (`Date` has to be exposed across origins) and where the answer comes from a cache.
 */
export function serverTime(headers: Headers): number | undefined {
  if (Number(headers.get('age') ?? 0) > 0) return undefined
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isFinite(date) ? date : undefined
}
