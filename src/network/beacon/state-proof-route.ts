/** Proofs of a beacon state: `/eth/v0/beacon/proof/state/{state_id}?format=…`, which Lodestar and our gateway have. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { encodeDescriptor } from '../../consensus/multiproof/compact-descriptor.ts'
import {
  MAX_COMPACT_MULTIPROOF_LENGTH,
  decodeCompactMultiproof,
} from '../../consensus/multiproof/compact-multiproof.ts'
import type { UncheckedMultiproof } from '../../consensus/multiproof/multiproof.ts'
import type { ProofFormat } from '../../consensus/multiproof/proof-format.ts'
import type { BeaconReply, BeaconRest } from './beacon-rest.ts'

/** Values at the places of a format, and no others: `malformed` where it is another shape. @throws {RequestError} */
export const fetchStateProof = (
  rest: BeaconRest,
  { stateRoot, format }: { readonly stateRoot: Root; readonly format: ProofFormat },
  signal: AbortSignal,
): Promise<UncheckedMultiproof> => fetchProof(rest, bytesToHex(stateRoot), format, signal)

/** The smallest proof there is, of the head's state: finds out whether the server has the route. @throws {RequestError} */
export const fetchHeadStateProof = (rest: BeaconRest, signal: AbortSignal): Promise<UncheckedMultiproof> =>
  fetchProof(rest, 'head', ['value', 'value'], signal)

function fetchProof(
  rest: BeaconRest,
  stateId: string,
  format: ProofFormat,
  signal: AbortSignal,
): Promise<UncheckedMultiproof> {
  const descriptor = encodeDescriptor(format)
  const route = {
    name: 'proof',
    path: `/eth/v0/beacon/proof/state/${stateId}`,
    query: { format: bytesToHex(descriptor) },
    forms: 'ssz',
    maxBytes: MAX_COMPACT_MULTIPROOF_LENGTH,
  } as const
  const decode = (reply: BeaconReply) => {
    if (reply.kind === 'json') throw new DecodeError('malformed', 'state proof', 'expected SSZ, got JSON')
    const proof = decodeCompactMultiproof(reply.bytes)
    if (byteArrayEquals(encodeDescriptor(proof.format), descriptor)) return proof
    throw new DecodeError('malformed', 'state proof', 'it has another shape than was asked for')
  }
  return rest.get(route, decode, signal)
}
