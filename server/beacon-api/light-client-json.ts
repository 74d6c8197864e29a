/** Light-client objects as the API sends them. */
import { bytesToHex } from '@ethereumjs/util'
import { forkAtSlot } from '../../src/chain/beacon-config.ts'
import type { ForkName, Network } from '../../src/chain/network.ts'
import type { MessageKind } from '../../src/consensus/containers/decode.ts'
import { containerFork } from '../../src/consensus/containers/decode.ts'
import { encodeBootstrap, encodeUpdate } from '../../src/consensus/containers/encode.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../src/consensus/containers/light-client-objects.ts'
import type { Codec } from '../../src/consensus/containers/ssz-types.ts'
import { lightClientTypes } from '../../src/consensus/containers/ssz-types.ts'
import type { Reply } from './reply.ts'

export interface VersionedJson {
  readonly version: ForkName
  readonly data: unknown
}

export function bootstrapReply(network: Network, bootstrap: LightClientBootstrap): Reply {
  const { slot } = bootstrap.header.beacon
  const { ssz } = encodeBootstrap(network, bootstrap)
  return {
    version: forkAtSlot(network, slot).name,
    ssz: () => ssz,
    json: () => versionedJson(network, 'bootstrap', slot, ssz),
  }
}

/** A finality or optimistic update. */
export function headUpdateReply(
  network: Network,
  kind: 'finalityUpdate' | 'optimisticUpdate',
  update: LightClientUpdate,
): Reply {
  const { slot } = update.attestedHeader.beacon
  const { ssz } = encodeUpdate(network, update, kind)
  return {
    version: forkAtSlot(network, slot).name,
    ssz: () => ssz,
    json: () => versionedJson(network, kind, slot, ssz),
  }
}

/** The route that mixes forks: a stream of chunks, or a list; so no header names one. */
export function updatesReply(network: Network, updates: readonly LightClientUpdate[]): Reply {
  return {
    ssz: () => Buffer.concat(updates.map((update) => updateChunk(network, update))),
    json: () => updates.map((update) => updateJson(network, 'update', update)),
  }
}

export function updateJson(
  network: Network,
  kind: Exclude<MessageKind, 'bootstrap'>,
  update: LightClientUpdate,
): VersionedJson {
  return versionedJson(network, kind, update.attestedHeader.beacon.slot, encodeUpdate(network, update, kind).ssz)
}

/** u64 little-endian length, which counts the digest; fork digest; SSZ. */
function updateChunk(network: Network, update: LightClientUpdate): Uint8Array {
  const { forkDigest, ssz } = encodeUpdate(network, update)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(forkDigest.length + ssz.length), true)
  return Buffer.concat([length, forkDigest, ssz])
}

/** Through the SSZ, so that both forms have the same zeros where the fork's container has parts that are absent here. */
function versionedJson(network: Network, kind: MessageKind, slot: number, ssz: Uint8Array): VersionedJson {
  const version = forkAtSlot(network, slot).name
  const types = lightClientTypes(network.preset).messages[containerFork(version, kind)]
  const codec = types[kind] as Codec<unknown>
  return { version, data: codec.toJson(codec.deserialize(ssz)) }
}

export const hex = (bytes: Uint8Array): string => bytesToHex(bytes)
