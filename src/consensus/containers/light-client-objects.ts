/**
 * Light-client objects as the rest of the client sees them. On the wire an absent part is a run of zeros and a header
 * may come in the container of a later fork; here an absent part is `undefined` and a header has the form of its own
 * fork, whatever carried it; only the execution header that a container of Gloas left out of an older header stays out.
 * So nothing needs an upgrade when the network forks: the specification's `upgrade_lc_*` functions only change the
 * container.
 */
import type { Hash } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { findForkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type {
  BeaconBlockHeader,
  CapellaExecutionHeader,
  DenebExecutionHeader,
  SyncAggregate,
  SyncCommittee,
  WireBootstrap,
  WireFinalityUpdate,
  WireHeader,
  WireOptimisticUpdate,
  WireUpdate,
} from './ssz-types.ts'
import { BeaconBlockHeaderType, CapellaExecutionHeaderType, DenebExecutionHeaderType } from './ssz-types.ts'

/**
 * What a block body proves of the execution chain. Up to Fulu an execution header and its branch; those kinds differ in
 * the header's fields and so in its root. From Gloas on, or where a container of Gloas carried an older header, a hash
 * alone: the header has to be had elsewhere and is checked by its keccak. A block of Gloas names the payload that its
 * own builds on, because its own may never be revealed.
 */
export type ProvenExecution =
  | { readonly kind: 'capella'; readonly header: CapellaExecutionHeader; readonly branch: readonly Uint8Array[] }
  | { readonly kind: 'deneb'; readonly header: DenebExecutionHeader; readonly branch: readonly Uint8Array[] }
  | { readonly kind: 'blockHash'; readonly blockHash: Hash; readonly branch: readonly Uint8Array[] }

export interface LightClientHeader {
  readonly beacon: BeaconBlockHeader
  /** Undefined before Capella, whose blocks prove nothing of the execution chain to light clients. */
  readonly execution: ProvenExecution | undefined
}

export interface LightClientBootstrap {
  readonly header: LightClientHeader
  readonly currentSyncCommittee: SyncCommittee
  readonly currentSyncCommitteeBranch: readonly Uint8Array[]
}

/** Update, finality update and optimistic update: the latter two just prove less. */
export interface LightClientUpdate {
  readonly attestedHeader: LightClientHeader
  readonly nextSyncCommittee: { readonly committee: SyncCommittee; readonly branch: readonly Uint8Array[] } | undefined
  readonly finality: { readonly header: LightClientHeader; readonly branch: readonly Uint8Array[] } | undefined
  readonly syncAggregate: SyncAggregate
  readonly signatureSlot: number
}

/** Signers of an update, repeated members counted as often as they sit in the committee. */
export const participants = (update: LightClientUpdate): number =>
  update.syncAggregate.syncCommitteeBits.getTrueBitIndexes().length

/** What a block of this slot proves of the execution chain; undefined before Capella. */
export function executionKindAtSlot(network: Network, slot: number): ProvenExecution['kind'] | undefined {
  const fork = findForkAtSlot(network, slot)
  if (fork === undefined) return undefined
  if (isAtLeast(fork.name, 'gloas')) return 'blockHash'
  if (isAtLeast(fork.name, 'deneb')) return 'deneb'
  return isAtLeast(fork.name, 'capella') ? 'capella' : undefined
}

/** The hash of the execution block that is proven, whatever else is. */
export const executionBlockHash = (execution: ProvenExecution): Hash =>
  execution.kind === 'blockHash' ? execution.blockHash : asHash(execution.header.blockHash)

/** Whether every field has SSZ's default value: what stands for the header of a chain that has finalized only its genesis. */
export function isDefaultHeader({ beacon, execution }: LightClientHeader): boolean {
  if (!BeaconBlockHeaderType.equals(beacon, BeaconBlockHeaderType.defaultValue())) return false
  return execution === undefined || isDefaultExecution(execution)
}

export function bootstrapFromWire(network: Network, wire: WireBootstrap): LightClientBootstrap {
  return { ...wire, header: headerFromWire(network, wire.header) }
}

export function updateFromWire(
  network: Network,
  wire: WireOptimisticUpdate & Partial<WireFinalityUpdate> & Partial<WireUpdate>,
): LightClientUpdate {
  return {
    attestedHeader: headerFromWire(network, wire.attestedHeader),
    nextSyncCommittee: committeeFromWire(wire.nextSyncCommittee, wire.nextSyncCommitteeBranch),
    finality: finalityFromWire(network, wire.finalizedHeader, wire.finalityBranch),
    syncAggregate: wire.syncAggregate,
    signatureSlot: wire.signatureSlot,
  }
}

/** Zeros that do not belong together are kept: the branch then fails, which is what the specification wants. */
function committeeFromWire(committee: SyncCommittee | undefined, branch: Uint8Array[] | undefined) {
  if (committee === undefined || branch === undefined) return undefined
  const absent = branch.every(isZero) && committee.pubkeys.every(isZero) && isZero(committee.aggregatePubkey)
  return absent ? undefined : { committee, branch }
}

function finalityFromWire(network: Network, wire: WireHeader | undefined, branch: Uint8Array[] | undefined) {
  if (wire === undefined || branch === undefined) return undefined
  const header = headerFromWire(network, wire)
  return branch.every(isZero) && isDefaultHeader(header) ? undefined : { header, branch }
}

/**
 * Brings a header into the form of its own slot where it is the exact image of one: zeros where its fork had nothing.
 * Any other mismatch is kept for `isValidLightClientHeader` to refuse.
 */
function headerFromWire(network: Network, wire: WireHeader): LightClientHeader {
  const { beacon } = wire
  const execution = executionFromWire(wire)
  if (execution === undefined) return { beacon, execution }
  const kind = executionKindAtSlot(network, beacon.slot)
  if (kind === undefined && isDefaultExecution(execution)) return { beacon, execution: undefined }
  if (kind === 'capella' && execution.kind === 'deneb') {
    const { blobGasUsed, excessBlobGas, ...header } = execution.header
    if (blobGasUsed === 0 && excessBlobGas === 0) {
      return { beacon, execution: { kind, header, branch: execution.branch } }
    }
  }
  return { beacon, execution }
}

function executionFromWire(wire: WireHeader): ProvenExecution | undefined {
  const { execution: header, executionBlockHash: blockHash, executionBranch: branch } = wire
  if (branch === undefined) return undefined
  if (blockHash !== undefined) return { kind: 'blockHash', blockHash: asHash(blockHash), branch }
  if (header === undefined) return undefined
  return 'blobGasUsed' in header ? { kind: 'deneb', header, branch } : { kind: 'capella', header, branch }
}

function isDefaultExecution(execution: ProvenExecution): boolean {
  if (!execution.branch.every(isZero)) return false
  switch (execution.kind) {
    case 'capella':
      return CapellaExecutionHeaderType.equals(execution.header, CapellaExecutionHeaderType.defaultValue())
    case 'deneb':
      return DenebExecutionHeaderType.equals(execution.header, DenebExecutionHeaderType.defaultValue())
    case 'blockHash':
      return isZero(execution.blockHash)
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
