/** Light-client files whose form is told by their content: SSZ as the beacon API sends it, or its JSON. */
import type { Network } from '../../chain/network.ts'
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

/** Updates in the stream form, or as JSON list or object. What cannot be read is an entry of the result. */
export function readUpdates(network: Network, bytes: Uint8Array): DecodedUpdate[] {
  if (!isJson(bytes)) return [...decodeUpdateStream(network, bytes)]
  try {
    return updatesFromJson(network, parseJson(bytes, 'updates'))
  } catch (error) {
    if (error instanceof DecodeError) return [{ kind: 'malformed', error }]
    throw error
  }
}

/** SSZ begins with a u64 or a u32 far below its type's range, so with a zero among the first 8 bytes; JSON has none. */
function isJson(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 8)
  return !start.includes(0) && /^\s*[[{]/.test(String.fromCharCode(...bytes.subarray(0, 64)))
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new DecodeError('malformed', what, error instanceof Error ? error.message : String(error))
  }
}
