/**
 * SignedExecutionPayloadEnvelope (consensus-specs, Gloas; beacon API: `/eth/v1/beacon/execution_payload_envelopes/{block_id}`):
 * the payload that a builder reveals after the block. Builder and signature are not read: what proves the payload is its
 * execution block hash.
 */
import { asRoot } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { payloadFromWire, payloadToWire, requestsFromWire, requestsToWire, requirePartsOf } from './carried-payload.ts'
import { forkOfSlot } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import { EncodeError } from './encode.ts'
import type { CarriedPayload } from './execution-payload.ts'
import { envelopeLayout, payloadFork } from './payload-layouts.ts'
import { readSsz, writeSsz, type ValueOf } from './plain-ssz.ts'
import { readSszJson, writeSszJson } from './plain-ssz-json.ts'
import { unwrapVersioned } from './versioned-json.ts'

/** @param bytes SSZ @throws {DecodeError} `wrongFork` where the payload's slot is before Gloas */
export function decodePayloadEnvelope(network: Network, bytes: Uint8Array, what = 'payload envelope'): CarriedPayload {
  return fromWire(network, readSsz(envelopeLayout, bytes, what), what)
}

/** @param json `{version, data}` or a bare signed envelope @throws {DecodeError} as {@link decodePayloadEnvelope} */
export function payloadEnvelopeFromJson(network: Network, json: unknown, what = 'payload envelope'): CarriedPayload {
  const { version, data } = unwrapVersioned(json, what)
  if (version !== undefined && payloadFork(version, what) !== 'gloas') {
    throw new DecodeError('wrongFork', what, `its version says ${version}, which has no envelopes`)
  }
  return fromWire(network, readSszJson(envelopeLayout, data, what), what)
}

/** What an envelope has beside its payload. */
export interface EnvelopeFrame {
  /** Root of the block that the payload belongs to. */
  readonly beaconBlockRoot: Uint8Array
  /** Default 0. */
  readonly builderIndex?: number
  /** What JSON says around it, of the block. Default: no. */
  readonly isFinalized?: boolean
}

/** With a signature of zeros: for test servers and generated chains. @throws {EncodeError} where a part is missing */
export function encodePayloadEnvelope(network: Network, carried: CarriedPayload, frame: EnvelopeFrame): Uint8Array {
  return writeSsz(envelopeLayout, toWire(network, carried, frame))
}

/** The same as the beacon API's JSON: `{version, execution_optimistic, finalized, data}`. @throws {EncodeError} */
export function payloadEnvelopeToJson(network: Network, carried: CarriedPayload, frame: EnvelopeFrame): unknown {
  const data = writeSszJson(envelopeLayout, toWire(network, carried, frame))
  const version = forkOfSlot(network, carried.slot, 'payload envelope')
  return { version, execution_optimistic: false, finalized: frame.isFinalized ?? false, data }
}

type WireEnvelope = ValueOf<typeof envelopeLayout>

function fromWire(network: Network, { message }: WireEnvelope, what: string): CarriedPayload {
  const payload = payloadFromWire(message.payload, `${what}.message.payload`)
  // The envelope has no slot of its own; the payload's is in the header that its hash is of (EIP-7843).
  const slot = payload.accessList?.slotNumber ?? 0
  const fork = payloadFork(forkOfSlot(network, slot, what), what)
  if (fork !== 'gloas') throw new DecodeError('wrongFork', what, `slot ${slot} is in ${fork}, which has no envelopes`)
  return {
    slot,
    parentBeaconBlockRoot: asRoot(message.parent_beacon_block_root),
    payload,
    executionRequests: requestsFromWire(message.execution_requests),
  }
}

function toWire(network: Network, carried: CarriedPayload, frame: EnvelopeFrame): WireEnvelope {
  const what = `payload envelope of slot ${carried.slot}`
  const fork = payloadFork(forkOfSlot(network, carried.slot, what), what)
  if (fork !== 'gloas') throw new EncodeError(`${what}: it is in ${fork}, whose payloads come in blocks`)
  requirePartsOf(fork, carried, what)
  return {
    message: {
      // Checked above to have every part.
      payload: payloadToWire(carried.payload) as Required<ReturnType<typeof payloadToWire>>,
      execution_requests: requestsToWire(carried.executionRequests ?? [], what),
      builder_index: BigInt(frame.builderIndex ?? 0),
      beacon_block_root: frame.beaconBlockRoot,
      parent_beacon_block_root: carried.parentBeaconBlockRoot,
    },
    signature: undefined,
  }
}
