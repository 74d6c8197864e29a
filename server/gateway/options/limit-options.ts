/** The gateway's limits as options. */
import type { GatewayLimits } from '../limits/gateway-limits.ts'
import { DEFAULT_LIMITS } from '../limits/gateway-limits.ts'
import { numberOption } from './number-option.ts'

const OPTIONS = {
  'max-request-bytes': 'requestBytes',
  'max-response-bytes': 'responseBytes',
  'max-url-length': 'urlLength',
  'max-header-bytes': 'headerBytes',
  'max-connections': 'connections',
  'max-connections-per-client': 'connectionsPerClient',
  'max-body-bytes-per-client': 'bodyBytesPerClient',
  'max-answer-bytes-per-client': 'answerBytesPerClient',
  'max-concurrent-requests': 'concurrentRequests',
  'max-requests-per-second': 'requestsPerSecond',
  'headers-timeout': 'headersTimeout',
  'request-timeout': 'requestTimeout',
  'idle-timeout': 'idleTimeout',
  'drain-time': 'drainTime',
} as const satisfies Readonly<Record<string, keyof GatewayLimits>>

export type LimitOptionName = keyof typeof OPTIONS

export const LIMIT_OPTION_NAMES = Object.keys(OPTIONS) as readonly LimitOptionName[]

/** One line per option, with its default, for a usage text. */
export const LIMIT_USAGE = LIMIT_OPTION_NAMES.map(
  (name) =>
    `  ${`--${name}`.padEnd(30)}${name.endsWith('time') || name.endsWith('timeout') ? 'ms; ' : ''}default ${DEFAULT_LIMITS[OPTIONS[name]]}`,
).join('\n')

/** What bodies, counts and ms can be at most: beyond it a limit is none. */
const MAX_LIMIT = 2 ** 31 - 1

/** @throws {OptionError} */
export function limitOptions(
  texts: Readonly<Partial<Record<LimitOptionName, string | undefined>>>,
): Partial<GatewayLimits> {
  const limits: Partial<Record<keyof GatewayLimits, number>> = {}
  for (const name of LIMIT_OPTION_NAMES) {
    const value = numberOption(name, texts[name], { min: 1, max: MAX_LIMIT, kind: 'whole' })
    if (value !== undefined) limits[OPTIONS[name]] = value
  }
  return limits
}
