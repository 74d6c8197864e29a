/** A span of time as people say it: that of a slot, and that of a clock years off. */
export function timeSpan(seconds: number): string {
  if (seconds >= 2 * YEAR) return `${(seconds / YEAR).toFixed(1)} years`
  if (seconds >= 2 * DAY) return `${(seconds / DAY).toFixed(1)} days`
  if (seconds >= 2 * HOUR) return `${(seconds / HOUR).toFixed(1)} hours`
  return seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds)} s`
}

const HOUR = 3_600
const DAY = 24 * HOUR
const YEAR = 365 * DAY
