/** Light-client files whose form is told by their content: SSZ as the beacon API sends it, or its JSON. */
import type { Network } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import type { DecodedUpdate, MessageKind } from './decode.ts'
import { decodeBootstrap, decodeUpdate, decodeUpdateStream, forkOfBareSsz } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import { bootstrapFromJson, updateFromJson, updatesFromJson } from './decode-json.ts'
import type { LightClientBootstrap, LightClientUpdate } from './light-client-objects.ts'

/** @throws {DecodeError} */
export function readBootstrap(network: Network, bytes: Uint8Array): LightClientBootstrap {
  if (isJson(bytes)) return bootstrapFromJson(network, parseJson(bytes, 'bootstrap'))
  return decodeBootstrap(network, forkOfBareSsz(network, 'bootstrap', bytes), bytes)
}

/** A finality or optimistic update. @throws {DecodeError} */
export function readHeadUpdate(
  network: Network,
  kind: Exclude<MessageKind, 'bootstrap' | 'update'>,
  bytes: Uint8Array,
): LightClientUpdate {
  if (isJson(bytes)) return updateFromJson(network, kind, parseJson(bytes, kind))
  return decodeUpdate(network, kind, forkOfBareSsz(network, kind, bytes), bytes)
}

/** Updates in the stream form, or as JSON: one, a list, or a list as `data`. What cannot be read is an entry of the result. */
export function readUpdates(network: Network, bytes: Uint8Array): DecodedUpdate[] {
  if (!isJson(bytes)) return [...decodeUpdateStream(network, bytes)]
  try {
    return updatesFromJson(network, parseJson(bytes, 'updates'))
  } catch (error) {
    if (error instanceof DecodeError) return [{ kind: 'malformed', error }]
    throw error
  }
}

/**
 * SSZ begins with a u64 or a u32 far below its type's range, so with a zero among the first 8 bytes; JSON has none there.
 * A mark of UTF-8 and any white space may stand before JSON's first bracket.
 */
function isJson(bytes: Uint8Array): boolean {
  if (bytes.subarray(0, 8).includes(0)) return false
  const start = UTF8_MARK.every((byte, i) => bytes[i] === byte) ? UTF8_MARK.length : 0
  const first = bytes.subarray(start).find((byte) => !JSON_WHITE_SPACE.includes(byte))
  return first === OPENING_BRACKET || first === OPENING_BRACE
}

/** The byte order mark, which some editors write; `TextDecoder` takes it off. */
const UTF8_MARK = [0xef, 0xbb, 0xbf]
/** Space, tab, line feed, carriage return (RFC 8259, section 2). */
const JSON_WHITE_SPACE = [0x20, 0x09, 0x0a, 0x0d]
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new DecodeError('malformed', what, messageOf(error))
  }
}
