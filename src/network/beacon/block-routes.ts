/** What blocks carry for execution: `/eth/v2/beacon/blocks/{root}`, and from Gloas on `/eth/v1/beacon/execution_payload_envelopes/{root}`. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import { blockPayloadFromJson, decodeBlockPayload } from '../../consensus/containers/block-payload.ts'
import type { CarriedPayload } from '../../consensus/containers/execution-payload.ts'
import { decodePayloadEnvelope, payloadEnvelopeFromJson } from '../../consensus/containers/payload-envelope.ts'
import type { BeaconReply, BeaconRest } from './beacon-rest.ts'
import { JSON_FRAME, JSON_PER_SSZ, MAX_PAYLOAD_SIZE } from './constants.ts'

interface BlockRequest {
  readonly blockRoot: Root
}

/** Of a block from Capella to Fulu. That it is this block's is proven by its execution block hash alone. @throws {RequestError} */
export function fetchBlockPayload(
  rest: BeaconRest,
  { blockRoot }: BlockRequest,
  signal: AbortSignal,
): Promise<CarriedPayload> {
  const decode = (reply: BeaconReply) =>
    reply.kind === 'json'
      ? blockPayloadFromJson(rest.network, reply.json)
      : decodeBlockPayload(rest.network, reply.bytes)
  return rest.get(payloadRoute('blocks', `/eth/v2/beacon/blocks/${bytesToHex(blockRoot)}`), decode, signal)
}

/** Of a block of Gloas or later; `absent` where it was withheld. Proven by its execution block hash alone. @throws {RequestError} */
export function fetchPayloadEnvelope(
  rest: BeaconRest,
  { blockRoot }: BlockRequest,
  signal: AbortSignal,
): Promise<CarriedPayload> {
  const decode = (reply: BeaconReply) =>
    reply.kind === 'json'
      ? payloadEnvelopeFromJson(rest.network, reply.json)
      : decodePayloadEnvelope(rest.network, reply.bytes)
  const path = `/eth/v1/beacon/execution_payload_envelopes/${bytesToHex(blockRoot)}`
  return rest.get(payloadRoute('execution_payload_envelopes', path), decode, signal)
}

/** A block, or the envelope of its payload, whole. */
export type WholeItem = 'signedBlock' | 'payloadEnvelope'

export interface WholeRequest extends BlockRequest {
  readonly item: WholeItem
  readonly form: 'ssz' | 'json'
}

/**
 * As the server has it, in the form asked for, to be passed on.
 * @param check throws a {@link DecodeError} for what is not what was asked
 * @throws {RequestError}
 */
export function fetchWhole(
  rest: BeaconRest,
  { blockRoot, item, form }: WholeRequest,
  check: (reply: BeaconReply) => void,
  signal: AbortSignal,
): Promise<BeaconReply> {
  const [name, path] =
    item === 'signedBlock'
      ? ['blocks', '/eth/v2/beacon/blocks']
      : ['execution_payload_envelopes', '/eth/v1/beacon/execution_payload_envelopes']
  const route = { ...payloadRoute(name, `${path}/${bytesToHex(blockRoot)}`), forms: form }
  const decode = (reply: BeaconReply): BeaconReply => {
    check(reply)
    return reply
  }
  return rest.get(route, decode, signal)
}

const payloadRoute = (name: string, path: string) =>
  ({ name, path, forms: 'sszOrJson', maxBytes: JSON_PER_SSZ * MAX_PAYLOAD_SIZE + JSON_FRAME }) as const
