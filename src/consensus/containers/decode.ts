/** Light-client objects from SSZ: alone, after a fork digest, and as the stream that the `updates` route answers with. */
import { bytesToHex } from '@ethereumjs/util'
import { findForkAtSlot, forkByDigest } from '../../chain/beacon-config.ts'
import type { ForkName, Network } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import { DecodeError } from './decode-error.ts'
import type { LightClientBootstrap, LightClientUpdate } from './light-client-objects.ts'
import { bootstrapFromWire, updateFromWire } from './light-client-objects.ts'
import type { Codec, ContainerFork } from './ssz-types.ts'
import { FORK_DIGEST_LENGTH, lightClientTypes } from './ssz-types.ts'

export type MessageKind = 'bootstrap' | 'update' | 'finalityUpdate' | 'optimisticUpdate'

/** An update of a stream or list, or why it could not be read; the others of its file are unharmed. */
export type DecodedUpdate =
  | { readonly kind: 'update'; readonly update: LightClientUpdate }
  | { readonly kind: 'malformed'; readonly error: DecodeError }

/** u64 length before each update of the stream; it counts the fork digest. */
const CHUNK_LENGTH_SIZE = 8

/**
 * The container of a fork; phase 0 has none.
 * @throws {DecodeError} `unsupportedFork`
 */
export function containerFork(fork: ForkName, what: string): ContainerFork {
  switch (fork) {
    case 'altair':
    case 'bellatrix':
      return 'altair'
    case 'capella':
    case 'deneb':
    case 'electra':
    case 'gloas':
      return fork
    case 'fulu':
      return 'electra'
    case 'phase0':
      throw new DecodeError('unsupportedFork', what, `${fork} has no light-client containers`)
  }
}

/** @throws {DecodeError} */
export function decodeBootstrap(
  network: Network,
  fork: ForkName,
  bytes: Uint8Array,
  what = 'bootstrap',
): LightClientBootstrap {
  const types = lightClientTypes(network.preset).messages[containerFork(fork, what)]
  return bootstrapFromWire(network, decodeExactly(types.bootstrap, bytes, what))
}

/** An update, finality or optimistic update. @throws {DecodeError} */
export function decodeUpdate(
  network: Network,
  kind: Exclude<MessageKind, 'bootstrap'>,
  fork: ForkName,
  bytes: Uint8Array,
  what: string = kind,
): LightClientUpdate {
  const types = lightClientTypes(network.preset).messages[containerFork(fork, what)]
  return updateFromWire(network, decodeExactly(types[kind], bytes, what))
}

/**
 * The fork of an object without digest: that of its own header's slot, which every message has first. Altair's and
 * Gloas's messages are of fixed size and have it inline, those between have it behind an offset; no size of the former is
 * one that the latter can have.
 * @throws {DecodeError}
 */
export function forkOfBareSsz(network: Network, kind: MessageKind, bytes: Uint8Array, what: string = kind): ForkName {
  const { altair, gloas } = lightClientTypes(network.preset).messages
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const inline = bytes.length === altair[kind].fixedSize || bytes.length === gloas[kind].fixedSize
  const at = inline ? 0 : bytes.length < 4 ? bytes.length : view.getUint32(0, true)
  if (at + 8 > bytes.length) {
    throw new DecodeError('truncated', what, `${bytes.length} bytes end before the slot of its header at byte ${at}`)
  }
  const slot = Number(view.getBigUint64(at, true))
  return forkOfSlot(network, slot, what)
}

/** @throws {DecodeError} `unsupportedFork` for a slot before the network's first fork */
export function forkOfSlot(network: Network, slot: number, what: string): ForkName {
  const fork = findForkAtSlot(network, slot)
  if (fork !== undefined) return fork.name
  throw new DecodeError('unsupportedFork', what, `slot ${slot} is before the first fork of ${network.name}`)
}

/** The body of the `updates` route: u64 little-endian length, fork digest, SSZ update, repeated. */
export function* decodeUpdateStream(network: Network, bytes: Uint8Array): Generator<DecodedUpdate> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let index = 0
  for (let at = 0; at < bytes.length; index++) {
    const what = `update ${index} at byte ${at}`
    const left = bytes.length - at
    const length = left < CHUNK_LENGTH_SIZE ? 0 : Number(view.getBigUint64(at, true))
    const end = at + CHUNK_LENGTH_SIZE + length
    if (length < FORK_DIGEST_LENGTH || end > bytes.length) {
      const expected = left < CHUNK_LENGTH_SIZE ? 'the 8 bytes of its length' : `${length} bytes after its length`
      const came = Math.max(0, left - CHUNK_LENGTH_SIZE)
      const detail = `expected ${expected}, ${left < CHUNK_LENGTH_SIZE ? left : came} are left`
      yield { kind: 'malformed', error: new DecodeError('truncated', what, detail) }
      return
    }
    yield decodeChunk(network, bytes.subarray(at + CHUNK_LENGTH_SIZE, end), what)
    at = end
  }
}

function decodeChunk(network: Network, chunk: Uint8Array, what: string): DecodedUpdate {
  return caught(() => {
    const fork = forkOfDigest(network, chunk.subarray(0, FORK_DIGEST_LENGTH), what)
    const update = decodeUpdate(network, 'update', fork, chunk.subarray(FORK_DIGEST_LENGTH), what)
    const { slot } = update.attestedHeader.beacon
    const own = forkOfSlot(network, slot, what)
    if (containerFork(own, what) !== containerFork(fork, what)) {
      throw new DecodeError('wrongFork', what, `its digest says ${fork}, but its attested slot ${slot} is in ${own}`)
    }
    return update
  })
}

/** The fork that a digest names on this network. @throws {DecodeError} `unknownForkDigest` */
export function forkOfDigest(network: Network, digest: Uint8Array, what: string): ForkName {
  const fork = forkByDigest(network, digest)
  if (fork === undefined) {
    throw new DecodeError(
      'unknownForkDigest',
      what,
      `fork digest ${bytesToHex(digest)} is none of ${network.name}'s; is it of another network?`,
    )
  }
  return fork
}

/** Turns a thrown {@link DecodeError} into a value; any other error is a defect and goes on. */
export function caught(decode: () => LightClientUpdate): DecodedUpdate {
  try {
    return { kind: 'update', update: decode() }
  } catch (error) {
    if (error instanceof DecodeError) return { kind: 'malformed', error }
    throw error
  }
}

/** Decodes and makes sure that encoding gives the same bytes again: no gap, no number beyond what a `number` holds. */
function decodeExactly<T>(codec: Codec<T>, bytes: Uint8Array, what: string): T {
  const size = codec.minSize === codec.maxSize ? `${codec.minSize}` : `${codec.minSize} to ${codec.maxSize}`
  if (bytes.length < codec.minSize) {
    throw new DecodeError('truncated', what, `${bytes.length} bytes, expected ${size}`)
  }
  if (bytes.length > codec.maxSize) {
    throw new DecodeError('trailingBytes', what, `${bytes.length} bytes, expected ${size}`)
  }
  let value: T
  try {
    // Never Node's `Buffer`: the parts cut from one would be Buffers too, whose `slice` shares memory.
    value = codec.deserialize(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
  } catch (error) {
    throw new DecodeError('malformed', what, messageOf(error))
  }
  const again = codec.serialize(value)
  const differs = again.findIndex((byte, i) => byte !== bytes[i])
  if (again.length !== bytes.length || differs !== -1) {
    throw new DecodeError('malformed', what, `not in canonical form, or a number beyond 2^53, near byte ${differs}`)
  }
  return value
}
