/** Numbers and hashes as the page shows them: the same separators everywhere, whatever the visitor's locale. */

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** `50234567` → `50,234,567`. */
export function formatInteger(value: number): string {
  return integers.format(value)
}

/** Milliseconds without their unit, a tenth where that is more than a tenth of the value: `0.4`, `9.8`, `1,204`. */
export function formatMilliseconds(value: number): string {
  return value < 9.95 ? tenths.format(value) : integers.format(value)
}

/** Binary units, as the store's and the files' bounds are given: `5.6 KiB`, `512 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${formatInteger(bytes)} B`
  const [value, unit] = bytes < 1_023.5 * 1_024 ? [bytes / 1_024, 'KiB'] : [bytes / 1_048_576, 'MiB']
  return `${value < 9.95 ? tenths.format(value) : integers.format(value)} ${unit}`
}

/** `0x12345678…9f8e7d` of a hash; anything of up to 20 characters whole. */
export function shortHex(value: string): string {
  return value.length <= 20 ? value : `${value.slice(0, 10)}…${value.slice(-6)}`
}

/** Floored, so that 100 % is said of all only: `511` of `512` → `99.8 %`. Undefined where there is no whole. */
export function formatShare(part: number, whole: number): string | undefined {
  if (whole <= 0) return undefined
  return part === whole ? '100 %' : `${tenths.format(Math.floor((part / whole) * 1_000) / 10)} %`
}

/** `1 block`, `2 blocks`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatInteger(count)} ${count === 1 ? singular : plural}`
}

/** Seconds since 1970 → `2024-03-13 13:55 UTC`. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1_000)
  if (Number.isNaN(date.getTime())) return `${seconds} s`
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Text from outside may be of any length; this much says what it is. */
const MAX_TEXT = 400

/** `text` cut to a length that fits a row. */
export function clipped(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${formatInteger(text.length)} characters)`
}

/** `text` with a full stop at its end, once. */
export function sentence(text: string): string {
  return /[.!?…)]$/.test(text) ? text : `${text}.`
}

/** What a thrown value says, with its class where that is a name of its own: `WorkerStartError: …`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return clipped(String(error))
  return clipped(error.name === 'Error' ? error.message : `${error.name}: ${error.message}`)
}
