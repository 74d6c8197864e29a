/** Leaves in a row with the proof of both ends. */
import type { ServedLeaves, StateRequestOf } from '../../../src/network/state-service/messages.ts'
import { MAX_RANGE_BYTES } from '../../../src/network/state-service/constants.ts'
import { roomFor, type Answered, type ServiceParts } from './service-parts.ts'
import { invalid } from './state-service-error.ts'

/** @throws {UnavailableError} where the state is too old */
export async function answerRange(
  parts: ServiceParts,
  request: StateRequestOf<'range'>,
): Promise<Answered<ServedLeaves>> {
  if (isAfter(request.origin, request.limit)) throw invalid('the range ends before it begins: origin is after limit')
  const maxBytes = Math.min(request.maxBytes, roomFor(parts, MAX_RANGE_BYTES))
  const { leaves, proof } = await parts.source.range({ ...request, maxBytes })
  return { answer: { leaves, proof }, holds: 'forever' }
}

function isAfter(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at !== -1 && a[at]! > b[at]!
}
