/**
 * The execution payload out of a signed beacon block, Capella to Fulu (beacon API: `/eth/v2/beacon/blocks/{block_id}`). The
 * rest of the block is neither read nor proven: what proves the payload is its execution block hash.
 */
import type { Network } from '../../chain/network.ts'
import { asRoot } from '../../chain/bytes.ts'
import {
  payloadFromWire,
  payloadToWire,
  requestsFromWire,
  requestsToWire,
  requirePartsOf,
  safeNumber,
} from './carried-payload.ts'
import { forkOfSlot } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import { EncodeError } from './encode.ts'
import type { CarriedPayload } from './execution-payload.ts'
import { blockLayout, payloadFork, type PayloadFork, type WireBlock } from './payload-layouts.ts'
import { readSsz, writeSsz } from './plain-ssz.ts'
import { readSszJson, writeSszJson } from './plain-ssz-json.ts'
import { fieldOf, unwrapVersioned } from './versioned-json.ts'

/** Bytes before the message of SignedBeaconBlock: its offset and the signature. The slot is the message's first field. */
const MESSAGE_START = 100

/** @param bytes SSZ of a SignedBeaconBlock @throws {DecodeError} `wrongFork` from Gloas on, whose blocks carry no payload */
export function decodeBlockPayload(network: Network, bytes: Uint8Array, what = 'block'): CarriedPayload {
  if (bytes.length < MESSAGE_START + 8) {
    throw new DecodeError('truncated', what, `${bytes.length} bytes end before the slot at byte ${MESSAGE_START}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const fork = forkOfBlock(network, view.getBigUint64(MESSAGE_START, true), what)
  return fromWire(readSsz(blockLayout(fork, network.preset), bytes, what) as unknown as WireBlock, what)
}

/** @param json `{version, data}` or a bare signed block @throws {DecodeError} as {@link decodeBlockPayload} */
export function blockPayloadFromJson(network: Network, json: unknown, what = 'block'): CarriedPayload {
  const { version, data } = unwrapVersioned(json, what)
  const slot = fieldOf(fieldOf(data, 'message'), 'slot')
  if (typeof slot !== 'string' || !/^\d{1,20}$/.test(slot)) {
    throw new DecodeError('malformed', what, 'message.slot is no decimal text')
  }
  const fork = forkOfBlock(network, BigInt(slot), what)
  if (version !== undefined && payloadFork(version, what) !== fork) {
    throw new DecodeError('wrongFork', what, `its version says ${version}, but slot ${slot} has blocks of ${fork}`)
  }
  return fromWire(readSszJson(blockLayout(fork, network.preset), data, what) as unknown as WireBlock, what)
}

/** What a block has beside its payload, where it should not be zero. */
export interface BlockFrame {
  readonly proposerIndex: number
  readonly stateRoot: Uint8Array
  /** What JSON says around it. Default: no. */
  readonly isFinalized?: boolean
}

/**
 * A SignedBeaconBlock around a payload, all else zero and empty: for test servers and generated chains.
 * @throws {EncodeError} where the payload is not one of its slot's fork, or the fork's blocks carry none
 */
export function encodeBlockPayload(network: Network, carried: CarriedPayload, frame?: BlockFrame): Uint8Array {
  const { layout, wire } = toWire(network, carried, frame)
  return writeSsz(layout, wire as never)
}

/** The same as the beacon API's JSON: `{version, execution_optimistic, finalized, data}`. @throws {EncodeError} */
export function blockPayloadToJson(network: Network, carried: CarriedPayload, frame?: BlockFrame): unknown {
  const { layout, wire } = toWire(network, carried, frame)
  const version = forkOfSlot(network, carried.slot, 'block')
  return {
    version,
    execution_optimistic: false,
    finalized: frame?.isFinalized ?? false,
    data: writeSszJson(layout, wire as never),
  }
}

type BlockFork = Exclude<PayloadFork, 'gloas'>

function forkOfBlock(network: Network, slot: bigint, what: string): BlockFork {
  const fork = payloadFork(forkOfSlot(network, safeNumber(slot, `${what}.message.slot`), what), what)
  if (fork !== 'gloas') return fork
  throw new DecodeError('wrongFork', what, `slot ${slot} is in gloas, where a block's payload comes in an envelope`)
}

function fromWire({ message }: WireBlock, what: string): CarriedPayload {
  const { execution_payload: payload, execution_requests: requests } = message.body
  return {
    slot: safeNumber(message.slot, `${what}.message.slot`),
    parentBeaconBlockRoot: asRoot(message.parent_root),
    payload: payloadFromWire(payload, `${what}.message.body.execution_payload`),
    executionRequests: requests && requestsFromWire(requests),
  }
}

function toWire(network: Network, carried: CarriedPayload, frame?: BlockFrame) {
  const what = `block of slot ${carried.slot}`
  const fork = payloadFork(forkOfSlot(network, carried.slot, what), what)
  if (fork === 'gloas') throw new EncodeError(`${what}: a block of gloas carries no payload; encode an envelope`)
  requirePartsOf(fork, carried, what)
  const wire: WireBlock = {
    message: {
      slot: BigInt(carried.slot),
      proposer_index: BigInt(frame?.proposerIndex ?? 0),
      parent_root: carried.parentBeaconBlockRoot,
      state_root: frame?.stateRoot ?? new Uint8Array(32),
      body: {
        execution_payload: payloadToWire(carried.payload),
        ...(carried.executionRequests && { execution_requests: requestsToWire(carried.executionRequests, what) }),
      },
    },
  }
  return { layout: blockLayout(fork, network.preset), wire }
}
