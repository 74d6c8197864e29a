/** A message is its version, its kind, and one RLP list. */
import { RlpError, isListAt, payloadStart } from '../../state/rlp.ts'
import { STATE_SERVICE_VERSION } from './constants.ts'
import type { StateKind } from './messages.ts'
import { WireError } from './wire-error.ts'
import { encodeItem, WireReader, type WireItem } from './wire-item.ts'

/** A request and its answer have the same; which one it is, the direction tells. Numbers are never used anew. */
const KIND_NUMBERS: Readonly<Record<StateKind | 'failure', number>> = {
  failure: 0,
  status: 1,
  headers: 2,
  block: 3,
  receipts: 4,
  accessList: 5,
  witness: 6,
  witnessMetadata: 7,
  nodes: 8,
  codes: 9,
  paths: 10,
  range: 11,
  transaction: 12,
}

export type MessageKind = keyof typeof KIND_NUMBERS

const KINDS: ReadonlyMap<number, MessageKind> = new Map(
  Object.entries(KIND_NUMBERS).map(([kind, number]) => [number, kind as MessageKind]),
)

const HEAD_BYTES = 2

export function encodeMessage(kind: MessageKind, body: WireItem): Uint8Array<ArrayBuffer> {
  return encodeItem(Uint8Array.of(STATE_SERVICE_VERSION, KIND_NUMBERS[kind]), body)
}

/** @throws {WireError} `version`, `kind` for a number that is none, `malformed` */
export function openMessage(
  bytes: Uint8Array,
  direction: 'request' | 'answer',
): { readonly kind: MessageKind; readonly body: WireReader } {
  const kind = kindOf(bytes, direction)
  return { kind, body: WireReader.open(bytes, HEAD_BYTES, `${kind} ${direction}`) }
}

/**
 * How many bytes the message has that begins so, for reading it off a stream; undefined while too little has come to tell
 * (never more than 7 bytes). A caller compares it with what it is ready to take before it reads on.
 * @throws {WireError} where no message begins so
 */
export function messageLength(start: Uint8Array): number | undefined {
  if (start.length <= HEAD_BYTES) return undefined
  const kind = kindOf(start, 'message')
  try {
    if (!isListAt(start, HEAD_BYTES)) throw new WireError('malformed', kind, 'bytes where a list should be')
    const payload = payloadStart(start, HEAD_BYTES)
    const lengthBytes = payload - HEAD_BYTES - 1
    if (lengthBytes === 0) return payload + start[HEAD_BYTES]! - 0xc0
    if (lengthBytes > MAX_LENGTH_BYTES) throw new WireError('limit', kind, `a length of ${lengthBytes} bytes`)
    if (start.length < payload) return undefined
    const length = start.subarray(HEAD_BYTES + 1, payload).reduce((sum, byte) => sum * 256 + byte, 0)
    return payload + length
  } catch (error) {
    if (error instanceof RlpError) throw new WireError('malformed', kind, error.message)
    throw error
  }
}

/** 4 GiB: no message is near it. */
const MAX_LENGTH_BYTES = 4

function kindOf(bytes: Uint8Array, direction: string): MessageKind {
  const [version, number] = bytes
  if (version === undefined || number === undefined) throw new WireError('malformed', direction, 'cut off in its head')
  if (version !== STATE_SERVICE_VERSION) {
    throw new WireError('version', direction, `version ${version}, only ${STATE_SERVICE_VERSION} is spoken here`)
  }
  const kind = KINDS.get(number)
  if (kind === undefined) throw new WireError('kind', direction, `kind ${number}, which is none`)
  return kind
}
