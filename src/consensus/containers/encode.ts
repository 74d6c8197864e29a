/** Light-client objects back to SSZ with the digest of their fork: the form in which they are kept and served. */
import { forkAtSlot, forkDigestAtEpoch } from '../../chain/beacon-config.ts'
import { epochAtSlot } from '../../chain/beacon-preset.ts'
import type { Network } from '../../chain/network.ts'
import { containerFork } from './decode.ts'
import type { LightClientBootstrap, LightClientHeader, LightClientUpdate } from './light-client-objects.ts'
import {
  lightClientTypes,
  type ContainerFork,
  type WireBootstrap,
  type WireHeader,
  type WireUpdate,
} from './ssz-types.ts'

export interface EncodedObject {
  /** 4 bytes, of the epoch of the attested header (a bootstrap: of its header). */
  readonly forkDigest: Uint8Array
  readonly ssz: Uint8Array
}

export function encodeBootstrap(network: Network, bootstrap: LightClientBootstrap): EncodedObject {
  const { slot } = bootstrap.header.beacon
  const fork = forkOfObject(network, slot)
  const { bootstrap: codec } = lightClientTypes(network.preset).messages[fork]
  const wire: WireBootstrap = {
    header: wireHeader(bootstrap.header, codec.defaultValue().header),
    currentSyncCommittee: bootstrap.currentSyncCommittee,
    currentSyncCommitteeBranch: [...bootstrap.currentSyncCommitteeBranch],
  }
  return { forkDigest: digestAtSlot(network, slot), ssz: codec.serialize(wire) }
}

export function encodeUpdate(network: Network, update: LightClientUpdate): EncodedObject {
  const { slot } = update.attestedHeader.beacon
  const fork = forkOfObject(network, slot)
  const { update: codec } = lightClientTypes(network.preset).messages[fork]
  const empty = codec.defaultValue()
  const { nextSyncCommittee: next, finality } = update
  const wire: WireUpdate = {
    attestedHeader: wireHeader(update.attestedHeader, empty.attestedHeader),
    nextSyncCommittee: next?.committee ?? empty.nextSyncCommittee,
    nextSyncCommitteeBranch: [...(next?.branch ?? empty.nextSyncCommitteeBranch)],
    finalizedHeader:
      finality === undefined ? empty.finalizedHeader : wireHeader(finality.header, empty.finalizedHeader),
    finalityBranch: [...(finality?.branch ?? empty.finalityBranch)],
    syncAggregate: update.syncAggregate,
    signatureSlot: update.signatureSlot,
  }
  return { forkDigest: digestAtSlot(network, slot), ssz: codec.serialize(wire) }
}

/** Fields that the header's own fork does not have are the container's defaults, all zero. */
function wireHeader({ beacon, execution }: LightClientHeader, empty: WireHeader): WireHeader {
  if (execution === undefined) return { ...empty, beacon }
  const header = { ...empty.execution, ...execution.header }
  return { beacon, execution: header, executionBranch: [...execution.branch] }
}

function forkOfObject(network: Network, slot: number): ContainerFork {
  return containerFork(forkAtSlot(network, slot).name, 'light-client object')
}

function digestAtSlot(network: Network, slot: number): Uint8Array {
  return forkDigestAtEpoch(network, epochAtSlot(network.preset, slot))
}
