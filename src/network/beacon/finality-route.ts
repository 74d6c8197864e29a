/** What a beacon state calls justified and final: `/eth/v1/beacon/states/{state_id}/finality_checkpoints`. */
import type { Root } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { decimalAt, rootAt } from './api-json.ts'
import type { BeaconReply, BeaconRest } from './beacon-rest.ts'
import { SMALL_JSON_MAX } from './constants.ts'

/** The server's word: nothing proves it. Roots are zeros where it is the genesis. */
export interface SaidFinality {
  readonly previousJustified: SaidCheckpoint
  readonly currentJustified: SaidCheckpoint
  readonly finalized: SaidCheckpoint
}

export interface SaidCheckpoint {
  readonly epoch: number
  readonly root: Root
}

/** @param stateId as the API has it @throws {RequestError} */
export function fetchFinality(
  rest: BeaconRest,
  { stateId }: { readonly stateId: string },
  signal: AbortSignal,
): Promise<SaidFinality> {
  const path = `/eth/v1/beacon/states/${stateId}/finality_checkpoints`
  const decode = (reply: BeaconReply): SaidFinality => {
    if (reply.kind !== 'json') throw new DecodeError('malformed', WHAT, 'expected JSON, got bytes')
    return {
      previousJustified: checkpointAt(reply.json, 'previous_justified'),
      currentJustified: checkpointAt(reply.json, 'current_justified'),
      finalized: checkpointAt(reply.json, 'finalized'),
    }
  }
  return rest.get({ name: 'finality_checkpoints', path, forms: 'json', maxBytes: SMALL_JSON_MAX }, decode, signal)
}

const WHAT = 'finality checkpoints'

const checkpointAt = (json: unknown, name: string): SaidCheckpoint => ({
  epoch: decimalAt(json, `data.${name}.epoch`, WHAT),
  root: rootAt(json, `data.${name}.root`, WHAT),
})
