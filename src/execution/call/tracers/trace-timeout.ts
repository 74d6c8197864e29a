/** How long tracing may compute (geth, eth/tracers: `timeout`), which bounds it before anything else does where tracers are slow. */
import type { JsonInput } from '../json/json-input.ts'

/** geth gives each transaction 5 s; here it is one span for the whole answer, and a full block takes some ten seconds. */
const DEFAULT_TIMEOUT_MS = 60_000

/** Who asks is answered within two minutes in any case: the rest is for fetching state. */
const MAX_TIMEOUT_MS = 100_000

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
}

/** Milliseconds; what is longer than may be is cut. @throws {CallError} for what is no duration as Go writes them ("5s", "1m30s") */
export function readTimeout(config: JsonInput): number {
  return Math.min(config.member('timeout', readDuration) ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS)
}

function readDuration(input: JsonInput): number {
  const text = input.text()
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return input.fail('a duration such as "5s" or "300ms"')
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)
  return Array.from(parts, ([, count, unit]) => Number(count) * UNIT_MS[unit!]!).reduce((sum, ms) => sum + ms, 0)
}
