/** The answer to a request for updates, checked as far as that goes without keys. */
import { periodAtSlot, type BeaconPreset } from '../../chain/beacon-preset.ts'
import type { DecodedUpdate } from '../../consensus/containers/decode.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { PeriodRange } from './range-lock.ts'

/** The updates of consecutive periods. */
export interface UpdateBatch {
  /** Of the first update. */
  readonly start: number
  readonly updates: readonly LightClientUpdate[]
}

/** A server answered with updates of other periods than asked, or with more of them. */
export class OtherPeriodsError extends Error {
  override name = 'OtherPeriodsError'
  constructor(server: string, asked: PeriodRange, came: readonly number[]) {
    super(
      `${server} was asked for the updates of ${describeRange(asked)}, but those of ${describePeriods(came)} came; others are asked`,
    )
  }
}

/** An update of a server does not decode or proves nothing. */
export class RefusedUpdateError extends Error {
  override name = 'RefusedUpdateError'
  constructor(
    server: string,
    readonly period: number,
    cause: Error,
  ) {
    super(`the update of period ${period} from ${server} is refused: ${cause.message}; others are asked`, { cause })
  }
}

/**
 * A server may hold fewer than asked, at either end.
 * @returns undefined where it has none of them
 * @throws {OtherPeriodsError}
 * @throws {RefusedUpdateError} for an update that does not decode
 */
export function updateBatch(
  preset: BeaconPreset,
  server: string,
  asked: PeriodRange,
  answer: readonly DecodedUpdate[],
): UpdateBatch | undefined {
  const updates = answer.map((decoded, place) => {
    if (decoded.kind === 'update') return decoded.update
    throw new RefusedUpdateError(server, asked.start + place, decoded.error)
  })
  const periods = updates.map(({ attestedHeader }) => periodAtSlot(preset, attestedHeader.beacon.slot))
  const start = periods[0]
  if (start === undefined) return undefined
  const isAsked = periods.every(
    (period, place) => period === start + place && period >= asked.start && period < asked.start + asked.count,
  )
  if (!isAsked) throw new OtherPeriodsError(server, asked, periods)
  return { start, updates }
}

const describeRange = ({ start, count }: PeriodRange): string =>
  count === 1 ? `period ${start}` : `periods ${start} to ${start + count - 1}`

/** Enough to see what is wrong; an answer may hold many. */
const MOST_NAMED = 10

function describePeriods(periods: readonly number[]): string {
  const named = periods.slice(0, MOST_NAMED).join(', ')
  return periods.length > MOST_NAMED ? `${named} and ${periods.length - MOST_NAMED} more` : named
}
