/** How long ago something was, in as few words as tell it. */
import { formatInteger } from '../format.ts'

/** What turns a slot into a time. */
export interface SlotTimes {
  /** Seconds since 1970. */
  readonly genesisTime: number
  readonly slotSeconds: number
}

/** Seconds from the begin of `slot` to `nowMs` (milliseconds since 1970); negative for a slot to come. */
export function slotAge({ genesisTime, slotSeconds }: SlotTimes, slot: number, nowMs: number): number {
  return nowMs / 1_000 - (genesisTime + slot * slotSeconds)
}

/** `12 s ago`, `3 min ago`, `in 4 s`: seconds up to two minutes, where a reader still counts them. */
export function formatAge(seconds: number): string {
  if (seconds <= -1) return `in ${formatDuration(-seconds)}`
  return seconds < 1 ? 'now' : `${formatDuration(seconds)} ago`
}

/** `12 s`, `3 min`, `5 h`, `12 d`, rounded down. */
export function formatDuration(seconds: number): string {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ]
  // From two of a unit on: "1 h" would stand for anything up to two.
  const [unit, size] = units.find(([, size]) => seconds >= 2 * size) ?? ['s', 1]
  return `${formatInteger(Math.floor(seconds / size))} ${unit}`
}
