/** Light-client objects back to SSZ with the digest of their fork: the form in which they are kept and served. */
import { forkAtSlot, forkDigestAtEpoch } from '../../chain/beacon-config.ts'
import { epochAtSlot } from '../../chain/beacon-preset.ts'
import type { Network } from '../../chain/network.ts'
import type { MessageKind } from './decode.ts'
import { containerFork } from './decode.ts'
import type { LightClientBootstrap, LightClientHeader, LightClientUpdate } from './light-client-objects.ts'
import {
  lightClientTypes,
  type ContainerFork,
  type WireBootstrap,
  type WireHeader,
  type WireUpdate,
} from './ssz-types.ts'
import { upgradeExecutionToGloas } from './upgrade-header.ts'

export interface EncodedObject {
  /** 4 bytes, of the epoch of the attested header (a bootstrap: of its header). */
  readonly forkDigest: Uint8Array
  readonly ssz: Uint8Array
}

/** An object that the container of its fork cannot carry. */
export class EncodeError extends Error {
  override name = 'EncodeError'
}

/** @throws {EncodeError} where its header, from before Gloas, is known by its block hash only, or a branch does not fit */
export function encodeBootstrap(network: Network, bootstrap: LightClientBootstrap): EncodedObject {
  const { slot } = bootstrap.header.beacon
  const fork = forkOfObject(network, slot)
  const { bootstrap: codec } = lightClientTypes(network.preset).messages[fork]
  const wire: WireBootstrap = {
    header: wireHeader(fork, bootstrap.header, codec.defaultValue().header),
    currentSyncCommittee: bootstrap.currentSyncCommittee,
    currentSyncCommitteeBranch: wireBranch(
      bootstrap.currentSyncCommitteeBranch,
      codec.defaultValue().currentSyncCommitteeBranch,
      { fork, slot, what: 'current sync committee' },
    ),
  }
  return { forkDigest: digestAtSlot(network, slot), ssz: codec.serialize(wire) }
}

/**
 * An update, or the parts of one that a finality or optimistic update has.
 * @throws {EncodeError} where a header, in an update from before Gloas, is known by its block hash only, or a branch
 *   does not fit
 */
export function encodeUpdate(
  network: Network,
  update: LightClientUpdate,
  kind: Exclude<MessageKind, 'bootstrap'> = 'update',
): EncodedObject {
  const { slot } = update.attestedHeader.beacon
  const fork = forkOfObject(network, slot)
  const types = lightClientTypes(network.preset).messages[fork]
  const empty = types.update.defaultValue()
  const { nextSyncCommittee: next, finality } = update
  const wire: WireUpdate = {
    attestedHeader: wireHeader(fork, update.attestedHeader, empty.attestedHeader),
    nextSyncCommittee: next?.committee ?? empty.nextSyncCommittee,
    nextSyncCommitteeBranch: wireBranch(next?.branch, empty.nextSyncCommitteeBranch, {
      fork,
      slot,
      what: 'next sync committee',
    }),
    finalizedHeader: wireHeader(fork, finality?.header, empty.finalizedHeader),
    finalityBranch: wireBranch(finality?.branch, empty.finalityBranch, { fork, slot, what: 'finality' }),
    syncAggregate: update.syncAggregate,
    signatureSlot: update.signatureSlot,
  }
  // The smaller messages take the fields they have.
  return { forkDigest: digestAtSlot(network, slot), ssz: types[kind].serialize(wire) }
}

/** Fields that the header's own fork does not have are the container's defaults, all zero. */
function wireHeader(fork: ContainerFork, header: LightClientHeader | undefined, empty: WireHeader): WireHeader {
  if (header === undefined) return empty
  const { beacon, execution } = header
  if (execution === undefined) return { ...empty, beacon }
  const executionBranch = (branch: readonly Uint8Array[]) =>
    wireBranch(branch, empty.executionBranch ?? [], { fork, slot: beacon.slot, what: 'execution' })
  if (fork === 'gloas') {
    const { blockHash, branch } = upgradeExecutionToGloas(execution)
    return { beacon, executionBlockHash: blockHash, executionBranch: executionBranch(branch) }
  }
  if (execution.kind === 'blockHash') {
    throw new EncodeError(
      `the header of slot ${beacon.slot} is known by its block hash only; an object of ${fork} needs its execution header`,
    )
  }
  return {
    beacon,
    execution: { ...empty.execution, ...execution.header },
    executionBranch: executionBranch(execution.branch),
  }
}

/** @param empty all zero, which stands for a part that is absent */
function wireBranch(
  branch: readonly Uint8Array[] | undefined,
  empty: Uint8Array[],
  { fork, slot, what }: { readonly fork: ContainerFork; readonly slot: number; readonly what: string },
): Uint8Array[] {
  if (branch === undefined) return empty
  if (branch.length === empty.length) return [...branch]
  throw new EncodeError(
    `the ${what} branch of slot ${slot} has ${branch.length} nodes, a container of ${fork} ${empty.length}`,
  )
}

function forkOfObject(network: Network, slot: number): ContainerFork {
  return containerFork(forkAtSlot(network, slot).name, 'light-client object')
}

function digestAtSlot(network: Network, slot: number): Uint8Array {
  return forkDigestAtEpoch(network, epochAtSlot(network.preset, slot))
}
