/**
 * Proofs as bytes, for servers and for the store: the SSZ container `{ leaves: List[Root, N], descriptor: ByteList[M] }`
 * that Lodestar's `/eth/v0/beacon/proof/state/{state_id}?format=<descriptor>` answers with.
 */
import { decodeDescriptor, encodeDescriptor, MAX_DESCRIPTOR_LENGTH } from './compact-descriptor.ts'
import { MultiproofError } from './multiproof-error.ts'
import type { UncheckedMultiproof } from './multiproof.ts'
import { MAX_PROOF_VALUES } from './proof-format.ts'

/** Both fields are of variable size, so the container starts with an offset for each, 4 bytes little-endian. */
const OFFSETS_LENGTH = 8

/** Longest serialized proof that is looked at: read no more than this from a server. */
export const MAX_COMPACT_MULTIPROOF_LENGTH = OFFSETS_LENGTH + 32 * MAX_PROOF_VALUES + MAX_DESCRIPTOR_LENGTH

/** @throws {MultiproofError} tooManyValues */
export function encodeCompactMultiproof({ format, values }: UncheckedMultiproof): Uint8Array {
  const descriptor = encodeDescriptor(format)
  const descriptorStart = OFFSETS_LENGTH + 32 * values.length
  const bytes = new Uint8Array(descriptorStart + descriptor.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, OFFSETS_LENGTH, true)
  view.setUint32(4, descriptorStart, true)
  for (const [i, value] of values.entries()) bytes.set(value, OFFSETS_LENGTH + 32 * i)
  bytes.set(descriptor, descriptorStart)
  return bytes
}

/**
 * Takes the bytes apart; `readMultiproof` then checks them. The values are views of `bytes`.
 * @throws {MultiproofError} malformed, badDescriptor, tooDeep
 */
export function decodeCompactMultiproof(bytes: Uint8Array): UncheckedMultiproof {
  if (bytes.length > MAX_COMPACT_MULTIPROOF_LENGTH) {
    throw malformed(`is ${bytes.length} bytes long, at most ${MAX_COMPACT_MULTIPROOF_LENGTH} are taken`)
  }
  if (bytes.length < OFFSETS_LENGTH) throw malformed(`is ${bytes.length} bytes long, too short for its two offsets`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const leavesStart = view.getUint32(0, true)
  const descriptorStart = view.getUint32(4, true)
  if (leavesStart !== OFFSETS_LENGTH)
    throw malformed(`has its leaves at byte ${leavesStart}, expected ${OFFSETS_LENGTH}`)
  if (descriptorStart < OFFSETS_LENGTH || descriptorStart > bytes.length) {
    throw malformed(`has its descriptor at byte ${descriptorStart} of ${bytes.length}`)
  }
  if ((descriptorStart - OFFSETS_LENGTH) % 32 !== 0) {
    throw malformed(`has ${descriptorStart - OFFSETS_LENGTH} bytes of leaves, expected a multiple of 32`)
  }
  const values = Array.from({ length: (descriptorStart - OFFSETS_LENGTH) / 32 }, (_, i) =>
    bytes.subarray(OFFSETS_LENGTH + 32 * i, OFFSETS_LENGTH + 32 * (i + 1)),
  )
  return { format: decodeDescriptor(bytes.subarray(descriptorStart)), values }
}

const malformed = (why: string) => new MultiproofError({ code: 'malformed', why })
