/** What can be read of a relayed block, or of an envelope, without knowing all that is in its body. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { forkAtSlot, isAtLeast } from '../../../../src/chain/beacon-config.ts'
import type { Hex } from '../../../../src/chain/bytes.ts'
import type { Network } from '../../../../src/chain/network.ts'
import { blockPayloadFromJson, decodeBlockPayload } from '../../../../src/consensus/containers/block-payload.ts'
import { DecodeError } from '../../../../src/consensus/containers/decode-error.ts'
import type { CarriedPayload } from '../../../../src/consensus/containers/execution-payload.ts'
import {
  decodePayloadEnvelope,
  payloadEnvelopeFromJson,
} from '../../../../src/consensus/containers/payload-envelope.ts'
import type { BeaconBlockHeader } from '../../../../src/consensus/containers/ssz-types.ts'
import { fieldOf, unwrapVersioned } from '../../../../src/consensus/containers/versioned-json.ts'
import type { RelayedAnswer, RelayedItem } from '../../../beacon-api/beacon-source.ts'

/** The parts of a block that are in its header as they are. */
export type BlockFrame = Pick<BeaconBlockHeader, 'slot' | 'proposerIndex' | 'parentRoot' | 'stateRoot'>

/** Bytes before the message of a SignedBeaconBlock, of every fork: its offset and the signature. */
const MESSAGE = 100
/** Of slot, proposer, parent's root and state's root, which come first in every fork. */
const FRAME_BYTES = 80

/** @throws {DecodeError} */
export function frameOfBlock(reply: RelayedAnswer): BlockFrame {
  return reply.kind === 'ssz' ? frameOfSsz(reply.bytes) : frameOfJson(reply.json)
}

export const sameFrame = (a: BlockFrame, b: BlockFrame): boolean =>
  a.slot === b.slot &&
  a.proposerIndex === b.proposerIndex &&
  byteArrayEquals(a.parentRoot, b.parentRoot) &&
  byteArrayEquals(a.stateRoot, b.stateRoot)

export const describeFrame = ({ slot, parentRoot, stateRoot }: BlockFrame): string =>
  `the block of slot ${slot} on ${bytesToHex(parentRoot)} with the state ${bytesToHex(stateRoot)}`

/** Undefined for a block that carries none that is read: from Gloas on, and before Capella. @throws {DecodeError} */
export function payloadOfWhole(
  network: Network,
  reply: RelayedAnswer,
  item: RelayedItem,
  slot: number,
): CarriedPayload | undefined {
  if (item === 'payloadEnvelope') {
    return reply.kind === 'ssz'
      ? decodePayloadEnvelope(network, reply.bytes)
      : payloadEnvelopeFromJson(network, reply.json)
  }
  const { name } = forkAtSlot(network, slot)
  if (!isAtLeast(name, 'capella') || isAtLeast(name, 'gloas')) return undefined
  return reply.kind === 'ssz' ? decodeBlockPayload(network, reply.bytes) : blockPayloadFromJson(network, reply.json)
}

function frameOfSsz(bytes: Uint8Array): BlockFrame {
  if (bytes.length < MESSAGE + FRAME_BYTES) {
    throw new DecodeError('truncated', 'block', `${bytes.length} bytes end within what every block has`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    slot: Number(view.getBigUint64(MESSAGE, true)),
    proposerIndex: Number(view.getBigUint64(MESSAGE + 8, true)),
    parentRoot: bytes.slice(MESSAGE + 16, MESSAGE + 48),
    stateRoot: bytes.slice(MESSAGE + 48, MESSAGE + FRAME_BYTES),
  }
}

function frameOfJson(json: unknown): BlockFrame {
  const message = fieldOf(unwrapVersioned(json, 'block').data, 'message')
  const number = (name: string): number => Number(textOf(message, name, /^\d{1,16}$/))
  const root = (name: string): Uint8Array => hexToBytes(textOf(message, name, /^0x[0-9a-f]{64}$/i) as Hex)
  return {
    slot: number('slot'),
    proposerIndex: number('proposer_index'),
    parentRoot: root('parent_root'),
    stateRoot: root('state_root'),
  }
}

function textOf(message: unknown, name: string, form: RegExp): string {
  const text = fieldOf(message, name)
  if (typeof text === 'string' && form.test(text)) return text
  throw new DecodeError('malformed', 'block', `message.${name} is ${JSON.stringify(text)?.slice(0, 80)}`)
}
